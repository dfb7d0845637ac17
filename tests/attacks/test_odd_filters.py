"""Whatever an address or a body holds, the answer is no 500: odd filters in the admin, null characters everywhere."""

import logging

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import models, transaction
from django.test import Client

from tests.builders import make_entry, make_jam, make_user, make_vote
from tests.hosts import browser_of
from tests.writes import CONSOLE, HERE, api_fields_that_take, fields_that_take

pytestmark = pytest.mark.django_db
ODD = [
    ("__year", "2147483648"), ("__range", "x"), ("__regex", "["), ("__exact", "9" * 30), ("__in", "1,x,,"),
    ("__gte", "9999-12-31T23:59:59-14:00"), ("__contains", "(("), ("__odd", "x"), ("", "-1"),
]  # fmt: skip
MODELS = [model for model in apps.get_models() if admin.site.is_registered(model)]
ADDRESSES = [
    *("/", "/jams/", "/songs/", "/search/", "/search/suggestions/", "/jams/friday/", "/jams/friday/suggest/"),
    *("/api/v1/songs", "/api/v1/jams", "/api/v1/search", "/jams.ics", "/host/friday/", "/admin/jams/jam/"),
]


@pytest.fixture
def administrator() -> Client:
    make_vote(entry=make_entry(jam=make_jam(slug="friday")))
    return browser_of(make_user(is_staff=True, is_superuser=True))


def get(browser: Client, address: str, query: dict[str, str]) -> int:
    """Return the status; PostgreSQL ends a test's transaction with the first error, so go back to where it began."""
    savepoint = transaction.savepoint_create()
    status = browser.get(address, query).status_code
    transaction.savepoint_rollback(savepoint)
    return status


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_odd_filters_of_the_admin_are_no_errors(administrator: Client, model: type[models.Model]) -> None:
    address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    names = [field.name for field in model._meta.get_fields() if not field.auto_created] + ["jam", "o", "p", "q", "e"]
    odd = [
        (name, lookup, status)
        for name in names
        for lookup, value in ODD
        if (status := get(administrator, address, {f"{name}{lookup}": value})) not in (200, 302, 400)
    ]
    assert odd == []


def test_odd_filters_of_a_host_are_not_logged_as_errors(
    administrator: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """Each was logged as an error with a traceback."""
    assert administrator.get("/admin/jams/jam/?venue__jams__attendees__browser=x").status_code == 400
    loggers = [logging.getLogger(record.name) for record in caplog.records if record.levelno >= logging.ERROR]
    assert [logger.name for logger in loggers if logger.isEnabledFor(logging.ERROR)] == []


@pytest.mark.parametrize("address", ADDRESSES)
def test_null_characters_in_an_address_are_refused(administrator: Client, address: str) -> None:
    for query in ("q=%00", "status__exact=a%00b", "%00=1", "page=%00", "when=%00", "o=1&jam=%00"):
        assert administrator.get(f"{address}?{query}").status_code == 400


def test_null_character_in_a_form_field_is_refused_or_dropped(writers: dict[str, Client]) -> None:
    """Free text loses it; a check box only has to be there, and a slug cannot be changed."""
    taken = fields_that_take(writers, "a\x00b")
    assert set(taken) == {
        *(f"{HERE}me/join/ name", f"{HERE}suggest/ title", f"{HERE}suggest/ artist"),
        *(f"{CONSOLE}add_walk_up/ name", f"{CONSOLE}rename_person/ to"),
        f"{HERE}songs/900001/withdraw/ part",  # nobody is signed up for such a part
        *("/admin/songs/song/900002/change/ archived", "/admin/venues/venue/900001/change/ archived"),
        "/admin/venues/venue/900001/change/ slug",
    }
    assert [where for where, rows in taken.items() if r"\x00" in rows] == []


def test_null_character_in_an_api_body_is_refused_or_dropped(writers: dict[str, Client]) -> None:
    """PostgreSQL cannot store one, so the description of a jam was a 500."""
    taken = api_fields_that_take(writers, "a\x00b", ("description", "notes", "title"))
    assert set(taken) == {
        *("jams/here/me name", "jams/here/suggestions title", "jams/here/suggestions artist"),
        "jams/here/entries/900002/parts/other other_part",
        *("jams/here name", "jams/here description", "venues/attic name", "venues/attic description"),
        "songs/900001 title",
        *(f"jams/here/entries/900001/vote {name}" for name in ("description", "notes", "title")),  # reads no body
    }
    assert [where for where, rows in taken.items() if r"\x00" in rows] == []
