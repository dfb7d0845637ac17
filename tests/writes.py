"""Every kind of write, by a form and by a program, with who may do it: for tests that send something odd along."""

import json
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, cast

import pytest
from django.apps import apps
from django.db import models, transaction
from django.http import HttpResponse
from django.test import Client

from tests.builders import make_entry, make_jam, make_performance, make_song, make_token, make_user, make_venue
from tests.hosts import browser_of, make_host
from tests.people import Browser

type Act = Callable[[], HttpResponse]

HERE, CONSOLE, API = "/jams/here/", "/host/here/", "/api/v1/"
MANAGEMENT = {
    f"{prefix}-{name}_FORMS": 0 for prefix in ("entries", "entries-2", "performances") for name in ("TOTAL", "INITIAL")
}
DATES = {"starts_at": "2027-01-01T20:00", "ends_at": "2027-01-02T01:00"}
SWITCHES = {"status": "live", "voting": "everyone", "suggestions": "everyone", "sign_ups": "open"}
SETS = {"format": "songs", "set_songs": "3", "changeover_minutes": "5"}
#: Every write: who does it, how, where, and what belongs to it.
FORMS: list[tuple[str, str, dict[str, Any]]] = [
    ("somebody", f"{HERE}me/join/", {"name": "Robin"}),
    ("somebody", f"{HERE}suggest/", {"title": "Purple Rain", "artist": "Prince"}),
    ("somebody", f"{HERE}songs/900001/vote/", {"wanted": "1"}),
    ("musician", f"{HERE}songs/900002/sign-up/", {"part": "bass"}),
    ("musician", f"{HERE}songs/900001/withdraw/", {"part": "guitar"}),
    ("musician", f"{HERE}songs/900001/chords/", {"url": "https://chords.example/a"}),
    ("musician", f"{HERE}me/leave/", {}),
    ("musician", f"{HERE}me/remove/", {}),
    ("host", f"{CONSOLE}add_walk_up/", {"name": "Kim", "part": "bass", "entry": "900002"}),
    ("host", f"{CONSOLE}rename_person/", {"name": "Dana", "to": "Ana"}),
    ("host", f"{CONSOLE}set_performing_limit/", {"performing_limit": "5"}),
    ("host", f"{CONSOLE}songs/900002/put_on_deck/", {}),
    ("host", f"{CONSOLE}pause_jam/", {}),
    (
        "host",
        "/admin/jams/jam/900001/change/",
        {
            "name": "New",
            "venue": "900001",
            "performing_limit": "3",
            "instrument_set": "rock",
            **DATES,
            **SWITCHES,
            **SETS,
        },
    ),
    ("host", "/admin/jams/attendee/900001/change/", {"name": "Ana"}),
    ("host", "/admin/jams/entry/900002/change/", {"status": "queued", "chord_url": "https://chords.example/a"}),
    ("host", "/admin/songs/song/900002/change/", {"title": "New", "artist": "New", "archived": ""}),
    (
        "host",
        "/admin/venues/venue/900001/change/",
        {"name": "New", "slug": "attic", "time_zone": "UTC", "archived": ""},
    ),
]
PROGRAMS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("somebody", "put", "jams/here/me", {"name": "Robin"}),
    ("somebody", "put", "jams/here/entries/900001/vote", {}),
    ("somebody", "post", "jams/here/suggestions", {"title": "Purple Rain", "artist": "Prince"}),
    ("musician", "put", "jams/here/entries/900002/parts/other", {"other_part": "saw"}),
    ("program", "patch", "jams/here", {"name": "New"}),
    ("program", "post", "jams/here/actions/set_voting", {"voting": "closed"}),
    ("program", "post", "jams/here/actions/pause_jam", {}),
    ("program", "post", "jams/here/entries/900002/actions/put_on_deck", {}),
    ("program", "patch", "songs/900001", {"title": "New"}),
    ("program", "patch", "venues/attic", {"name": "New"}),
]


@pytest.fixture
def writers() -> dict[str, Client]:
    """Who may do something here; there is another jam, too, and an administrator."""
    make_user(id=900_090, is_staff=True, is_superuser=True)
    host, venue = make_host(id=900_091), make_venue(id=900_001, slug="attic")
    here = make_jam(id=900_001, slug="here", hosts=(host,), venue=venue)
    there = make_jam(id=900_002, slug="there", venue=venue)
    musician = Browser(here, name="Dana")
    here.events.all().delete()  # they hold on to the attendee
    here.attendees.update(id=900_001)
    entries = [make_entry(id=number, jam=here, song=make_song(id=number)) for number in (900_001, 900_002)]
    make_performance(entry=entries[0], attendee=here.attendees.get())
    make_entry(id=900_003, jam=there, song=entries[0].song)
    program = Client(headers={"Authorization": f"Bearer {make_token(user=host)}"})
    return {"somebody": Browser(here).client, "musician": musician.client, "host": browser_of(host), "program": program}


def submit(writers: dict[str, Client], who: str, path: str, fields: dict[str, Any]) -> HttpResponse:
    """Post `fields` as the form at `path` does."""
    sent = {**fields, **MANAGEMENT} if path.startswith("/admin/") else fields
    return cast("HttpResponse", writers[who].post(path, sent))


def call(writers: dict[str, Client], who: str, verb: str, path: str, fields: dict[str, Any]) -> HttpResponse:
    """Send `fields` to the API as JSON, with letters of other scripts as they are."""
    body = json.dumps(fields, ensure_ascii=False).encode()
    return cast("HttpResponse", getattr(writers[who], verb)(API + path, body, content_type="application/json"))


def rows() -> dict[str, list[str]]:
    """Everything that could be changed on the quiet, whatever the numbers of new rows."""
    return {
        model.__name__: sorted(repr(kept(row)) for row in model._default_manager.all().fetch_mode(models.FETCH_PEERS))
        for label in ("auth", "venues", "songs", "jams", "votes")
        for model in apps.get_app_config(label).get_models()
        if model.__name__ not in ("Event", "Permission")
    }


def kept(row: models.Model) -> list[Any]:
    plain = [field for field in row._meta.fields if not isinstance(field, models.DateTimeField | models.AutoField)]
    texts = [(field.name, str(getattr(row, field.name))) for field in plain if field.name not in ("browser", "code")]
    return [
        *texts,
        *((field.name, sorted(map(str, getattr(row, field.name).all()))) for field in row._meta.many_to_many),
    ]


def after(act: Act, times: int = 1) -> tuple[set[int], dict[str, list[str]]]:
    """Return the statuses of doing `act` and the rows as they are then; all is as it was afterwards."""
    with transaction.atomic():
        found = {act().status_code for _ in range(times)}, rows()
        transaction.set_rollback(True)
    return found


def fields_that_take(writers: dict[str, Client], odd: str) -> dict[str, str]:
    """Return the rows that `odd` leaves behind, by the form and the field which did not refuse it.

    Fails when a form does not take its honest fields, or when a refusal changes anything.
    """
    honest: list[Act] = [partial(submit, writers, *form) for form in FORMS]
    tried = {
        f"{path} {name}": partial(submit, writers, who, path, {**fields, name: odd})
        for who, path, fields in FORMS
        for name in fields
    }
    return _find_taken(honest, tried)


def api_fields_that_take(writers: dict[str, Client], odd: str, more: Iterable[str] = ()) -> dict[str, str]:
    """Like `fields_that_take`, for the API; `more` are fields that each body gets besides its own, one at a time."""
    honest: list[Act] = [partial(call, writers, *program) for program in PROGRAMS]
    tried = {
        f"{path} {name}": partial(call, writers, who, verb, path, {**fields, name: odd})
        for who, verb, path, fields in PROGRAMS
        for name in [*fields, *more]
    }
    return _find_taken(honest, tried)


def _find_taken(honest: list[Act], tried: Mapping[str, Act]) -> dict[str, str]:
    before, taken = rows(), {}
    for act in honest:
        with transaction.atomic():
            assert act().status_code in (200, 302, 303), act
            transaction.set_rollback(True)
    for where, act in tried.items():
        with transaction.atomic():
            if not _is_refused(act()):
                taken[where] = str(rows())
                transaction.set_rollback(True)
    assert rows() == before
    return taken


def _is_refused(response: HttpResponse) -> bool:
    """Whether this is a refusal; fails when it is no answer to odd input at all, such as a crash or a rate limit."""
    assert response.status_code in (200, 302, 303, 400, 404, 413), response
    return response.status_code >= 400 or b"errorlist" in response.content  # the admin shows its form again
