"""A whole small site as a release left it: recorded by that release, restored for the test of an update.

`python -m tests.upgrade.site record` prints it, for `tests/upgrade/sites/`. `... restore FILE` fills an empty database
with it: the tables as they were at the migrations of then, and the rows that were in them.
"""

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

SECRET_KEY = "the-key-of-a-site-that-has-been-updated-ever-since-1.0"
STARTS_AT = datetime(2099, 1, 1, 20, tzinfo=UTC)  # nobody closes this night because it was left open
PASSWORD = "a long enough password"
MADE_BY_MIGRATE = {"contenttypes.ContentType", "auth.Permission", "auth.Group", "auth.Group_permissions"}


def record() -> dict[str, Any]:
    """Make a site with people, a host, a program and waiting jobs; return what they hold, and every row."""
    from django.contrib.auth.models import User
    from django.test import Client

    from core.version import VERSION
    from jams.tasks import close_jams_left_open, forget_old_jams
    from jobs.tasks import clear_expired_sessions, prune_old_jobs
    from search.tasks import forget_old_searches
    from tests.builders import make_entry, make_jam, make_token

    anna = User.objects.create_superuser("anna", password=PASSWORD)
    jam = make_jam(slug="the-night-of-the-update", starts_at=STARTS_AT, ends_at=STARTS_AT + timedelta(hours=4))
    entries = [make_entry(jam=jam) for _ in range(3)]
    phones = []
    for number, name in enumerate(["Dana", "Ben", "", ""]):
        phone = Client(enforce_csrf_checks=True)
        phone.get(jam.get_absolute_url())
        headers = {"X-CSRFToken": phone.cookies["csrftoken"].value, "HX-Request": "true"}
        hearts = [entry.pk for entry in entries[: 1 + number % 2]]
        for pk in hearts:
            assert phone.put(f"{jam.get_absolute_url()}songs/{pk}/vote/", headers=headers).status_code == 200
        if name:
            address = f"{jam.get_absolute_url()}me/join/"
            assert phone.post(address, {"name": name}, headers=headers).status_code == 200
        cookies = {key: morsel.value for key, morsel in phone.cookies.items()}
        phones.append({"name": name, "cookies": cookies, "hearts": hearts})
    browser = Client()
    browser.post("/admin/login/", {"username": "anna", "password": PASSWORD})
    jobs = (close_jams_left_open, forget_old_jams, clear_expired_sessions, prune_old_jobs, forget_old_searches)
    for job in jobs:
        job.enqueue()
    return {
        "release": VERSION,
        "secret_key": SECRET_KEY,
        "jam": jam.slug,
        "entries": [entry.pk for entry in entries],
        "phones": phones,
        "host": browser.cookies["sessionid"].value,
        "program": make_token(user=anna),
        "jobs": [job.module_path for job in jobs],
        "migrations": list_migrations(),
        "rows": read_rows(),
    }


def list_migrations() -> list[tuple[str, str]]:
    """Return the last migration of each app."""
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    return sorted(MigrationLoader(connection).graph.leaf_nodes())


def read_rows() -> dict[str, list[dict[str, Any]]]:
    """Return every row of every table that holds any, by model: what a field stores, as JSON can hold it."""
    from django.apps import apps

    models = [model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy]
    labels = {model._meta.label: model for model in models if model._meta.label not in MADE_BY_MIGRATE}
    rows = {label: [read_row(row) for row in model._base_manager.order_by("pk")] for label, model in labels.items()}
    return {label: found for label, found in rows.items() if found}


def read_row(row: Any) -> dict[str, Any]:
    stored = [field for field in row._meta.concrete_fields if not field.generated]
    return {
        field.attname: None if field.value_from_object(row) is None else field.value_to_string(row) for field in stored
    }


def restore(site: dict[str, Any]) -> None:
    """Fill the empty database of DATABASE_URL."""
    from django.core.management.color import no_style
    from django.db import connection, transaction
    from django.db.migrations.executor import MigrationExecutor

    targets = [(app, name) for app, name in site["migrations"]]
    executor = MigrationExecutor(connection)
    executor.migrate(targets)
    old = MigrationExecutor(connection).loader.project_state(targets).apps
    models = [old.get_model(label) for label in site["rows"]]
    with transaction.atomic(), connection.cursor() as cursor:
        for model, rows in zip(models, site["rows"].values(), strict=True):
            fields = {field.attname: field for field in model._meta.concrete_fields}
            made = [model(**{name: fields[name].to_python(value) for name, value in row.items()}) for row in rows]
            model._base_manager.bulk_create(made)  # silent: a model of a migration has no signals
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)


def main(words: list[str]) -> None:
    os.environ.setdefault("SECRET_KEY", SECRET_KEY)
    if words == ["record"]:
        os.environ.update(ALLOWED_HOSTS="testserver", DJANGO_SETTINGS_MODULE="tests.settings")
    import django
    from django.core.management import call_command

    django.setup()
    if words == ["record"]:
        call_command("migrate", verbosity=0)
        print(json.dumps(record(), indent=1))
    else:
        restore(json.loads(Path(words[1]).read_text()))


if __name__ == "__main__":
    main(sys.argv[1:])
