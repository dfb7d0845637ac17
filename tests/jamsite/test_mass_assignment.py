"""Nobody changes by a form or a program what it does not ask for."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import models, transaction
from django.http import HttpResponse
from django.test import Client

from tests.builders import make_entry, make_jam, make_performance, make_song, make_token, make_user, make_venue
from tests.hosts import browser_of, make_host
from tests.people import Browser

pytestmark = pytest.mark.django_db

#: What somebody might send along, in the hope that it lands in a row.
SNEAKED_IN = {
    "is_staff": "1", "is_superuser": "1", "is_active": "0", "password": "x", "user": "900090", "user_id": "900090",
    "host": "900090", "hosts": "900090", "groups": "1", "votes": "99", "vote_count": "99", "rev": "99", "order": "99",
    "status": "hidden", "jam": "900002", "jam_id": "900002", "attendee": "900001", "attendee_id": "900001",
    "browser": "x", "votes_void": "1", "in_room": "1", "left_at": "2020-01-01", "room_secret": "x", "code": "zzzzz",
    "slug": "elsewhere", "id": "1", "pk": "1", "created_at": "2020-01-01", "times_played": "99",
    "last_played_at": "2020-01-01", "archived": "1", "chord_state": "ok", "match_key": "x", "name_key": "x",
    "look_key": "x",
    "forgotten_at": "2020-01-01", "no_show": "1", "suggested_by": "900001", "on_deck_at": "2020-01-01",
    "started_at": "2020-01-01", "finished_at": "2020-01-01",
}  # fmt: skip
HERE, CONSOLE, API = "/jams/here/", "/host/here/", "/api/v1/"
MANAGEMENT = {
    f"{prefix}-{name}_FORMS": 0 for prefix in ("entries", "entries-2", "performances") for name in ("TOTAL", "INITIAL")
}
DATES = {"starts_at": "2027-01-01T20:00", "ends_at": "2027-01-02T01:00"}
SWITCHES = {"status": "live", "voting": "everyone", "suggestions": "everyone", "sign_ups": "open"}
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
        {"name": "New", "venue": "900001", "performing_limit": "3", **DATES, **SWITCHES},
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
def people() -> dict[str, Client]:
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


def after(act: Callable[[], HttpResponse], times: int = 1) -> tuple[set[int], dict[str, list[str]]]:
    """Return the statuses of doing `act` and the rows as they are then; all is as it was afterwards."""
    with transaction.atomic():
        found = {act().status_code for _ in range(times)}, rows()
        transaction.set_rollback(True)
    return found


@pytest.mark.parametrize(("who", "path", "fields"), FORMS, ids=[path for _who, path, _fields in FORMS])
def test_a_form_changes_what_it_asks_for_and_nothing_else(people, who, path, fields):
    fields = {**fields, **MANAGEMENT} if path.startswith("/admin/") else fields
    before, honest = rows(), after(lambda: people[who].post(path, fields))
    assert (honest[0] <= {302, 303}, honest[1] != before) == (True, True)
    assert after(lambda: people[who].post(path, SNEAKED_IN | fields)) == honest


@pytest.mark.parametrize(("who", "method", "path", "fields"), PROGRAMS, ids=[path for _, _, path, _ in PROGRAMS])
def test_a_program_changes_what_it_asks_for_and_nothing_else(people, who, method, path, fields):
    """What takes a body refuses every field that it does not know; what takes none reads none."""

    def send(body):
        return getattr(people[who], method)(API + path, body, content_type="application/json")

    bodies = ({name: value} | fields for name, value in SNEAKED_IN.items())
    before, honest = rows(), after(lambda: send(fields))
    assert (honest[0], honest[1] != before) == ({200}, True)
    assert after(lambda: send(next(bodies)), len(SNEAKED_IN)) in (honest, ({400}, before))
