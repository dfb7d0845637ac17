"""Until 1.0.0 each app has one clean initial migration; from 1.0.0 on migrations are never rewritten."""

from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client

from jamsite.settings import BASE_DIR
from tests.builders import make_entry

OURS = [app for app in apps.get_app_configs() if Path(app.path).parent == BASE_DIR and app.models_module]


@pytest.mark.parametrize("app", OURS, ids=lambda app: app.label)
def test_each_app_with_models_has_one_initial_migration(app) -> None:
    assert sorted(path.name for path in (Path(app.path) / "migrations").glob("0*.py")) == ["0001_initial.py"]


@pytest.mark.django_db(transaction=True)
def test_migrations_go_back_to_nothing_and_forward_again() -> None:
    """Tables, triggers and indexes of the full-text search are removed with them and created again."""
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    MigrationExecutor(connection).migrate([(app.label, None) for app in OURS])
    left = [name for name in connection.introspection.table_names() if name.startswith(("jams_", "songs_", "venues_"))]
    MigrationExecutor(connection).migrate(latest)
    entry = make_entry()
    assert left == []
    assert entry.song.title.encode() in Client().get(f"/search/?q={entry.song.title}").content
