"""The console, the admin and the API leave the same rows and the same event behind.

Each case does one thing to the same jam by each of the three ways; what is compared is all that the database holds of
the jam afterwards.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from accounts.models import Scope
from jams.models import Attendee, Entry, EntryStatus, Event, Jam, JamStatus, Performance
from jams.services.undo import undo_event
from songs.models import Song
from tests.builders import make_attendee, make_entry, make_jam, make_performance, make_song, make_token, make_user
from tests.hosts import browser_of, form_of

pytestmark = pytest.mark.django_db
START = timezone.now() - timedelta(hours=1)
A_DAY = timedelta(days=1)  # far longer than a run of the suite, which reads these times when it begins
STOP = START.replace(second=0, microsecond=0) + timedelta(hours=2)
SETS = (
    *("format", "set_songs", "set_minutes", "changeover_minutes", "hard_stop_at", "stage_plan", "everyone_once_first"),
    "recap_public",
)


@dataclass
class Case:
    """`admin` is the admin's page, what is changed in its form; the entry of the case is `entry`."""

    action: str
    sent: dict[str, Any] = field(default_factory=dict)
    jam: dict[str, Any] = field(default_factory=dict)
    entry: dict[str, Any] = field(default_factory=dict)
    admin: tuple[str, dict[str, Any]] = ("jam", {})
    playing: bool = False


CASES = [
    Case("open_jam", jam={"status": JamStatus.SCHEDULED}, admin=("jam", {"status": "live"})),
    Case("pause_jam", admin=("jam", {"status": "paused"})),
    Case("resume_jam", jam={"status": JamStatus.PAUSED}, admin=("jam", {"status": "live"})),
    Case("end_jam", admin=("jam", {"status": "ended"})),
    Case("end_jam", admin=("jam", {"status": "ended"}), playing=True),
    Case("reopen_jam", jam={"status": JamStatus.ENDED}, admin=("jam", {"status": "live"})),
    Case("cancel_jam", jam={"status": JamStatus.SCHEDULED}, admin=("jam", {"status": "cancelled"})),
    Case("reinstate_jam", jam={"status": JamStatus.CANCELLED}, admin=("jam", {"status": "scheduled"})),
    Case("set_voting", {"voting": "musicians"}, admin=("jam", {"voting": "musicians"})),
    Case("set_sign_ups", {"sign_ups": "closed"}, admin=("jam", {"sign_ups": "closed"})),
    Case("set_suggestions", {"suggestions": "approval"}, admin=("jam", {"suggestions": "approval"})),
    Case("set_performing_limit", {"performing_limit": 5}, admin=("jam", {"performing_limit": "5"})),
    Case("set_musicians_edit_chords", {"musicians_edit_chords": False}, admin=("jam", {"musicians_edit_chords": None})),
    Case("set_format", {"format": "bands"}, admin=("jam", {"format": "bands"})),
    Case("set_set_songs", {"set_songs": 2}, admin=("jam", {"set_songs": "2"})),
    Case("set_set_minutes", {"set_minutes": 15}, admin=("jam", {"set_minutes": "15"})),
    Case("set_changeover_minutes", {"changeover_minutes": 3}, admin=("jam", {"changeover_minutes": "3"})),
    Case(
        "set_hard_stop_at",
        {"hard_stop_at": STOP.isoformat()},
        admin=("jam", {"hard_stop_at": STOP.strftime("%Y-%m-%dT%H:%M")}),
    ),
    Case("set_stage_plan", {"stage_plan": "vocals, 2 guitars"}, admin=("jam", {"stage_plan": "vocals, 2 guitars"})),
    Case("set_everyone_once_first", {"everyone_once_first": False}, admin=("jam", {"everyone_once_first": None})),
    Case("set_recap_public", {"recap_public": True}, admin=("jam", {"recap_public": "on"})),
    Case("approve_song", entry={"status": EntryStatus.SUGGESTED}, admin=("entry", {"status": "queued"})),
    Case("hide_song", entry={"status": EntryStatus.SUGGESTED}, admin=("entry", {"status": "hidden"})),
    Case("hide_song", admin=("entry", {"status": "hidden"})),
    Case("skip_song", admin=("entry", {"status": "skipped"})),
    Case("put_on_deck", admin=("entry", {"status": "on_deck"})),
    Case(
        "take_off_deck",
        entry={"status": EntryStatus.ON_DECK, "on_deck_at": START},
        admin=("entry", {"status": "queued"}),
    ),
    Case("bring_song_back", entry={"status": EntryStatus.HIDDEN}, admin=("entry", {"status": "queued"})),
    Case("bring_song_back", entry={"status": EntryStatus.SKIPPED}, admin=("entry", {"status": "queued"})),
    Case("mark_no_show", {"name": "Dana"}, admin=("entry", {"performances-0-no_show": "on"})),
    Case("rename_person", {"name": "Dana", "to": "Ana"}, admin=("attendee", {"name": "Ana"})),
]
SETLIST = {"hide_song", "skip_song", "approve_song", "bring_song_back", "put_on_deck", "take_off_deck"}


class World:
    """The same jam, created again for each way."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.host = make_user(username="hannah", is_superuser=True, is_staff=True)
        values = {"status": JamStatus.LIVE, **case.jam}
        self.jam = make_jam(
            name="Friday", slug="friday", starts_at=START, ends_at=START + A_DAY, hosts=(self.host,), **values
        )
        self.entry = make_entry(jam=self.jam, song=make_song(title="Creep", artist="Radiohead"), **case.entry)
        self.dana = make_attendee(jam=self.jam, name="Dana", browser="dana")
        make_performance(entry=self.entry, attendee=self.dana)
        if case.playing:
            song = make_song(title="Zombie", artist="The Cranberries")
            make_entry(jam=self.jam, song=song, status=EntryStatus.PLAYING, started_at=START)

    def is_about_song(self) -> bool:
        return self.case.action.endswith(("_song", "_deck", "_back", "_show"))


def by_console(world: World) -> None:
    song = f"songs/{world.entry.pk}/" if world.is_about_song() else ""
    sent = {name: {True: "yes", False: "no"}.get(value, value) for name, value in world.case.sent.items()}
    response = browser_of(world.host).post(f"/host/friday/{song}{world.case.action}/", sent)
    assert response.status_code == 303


def by_api(world: World) -> None:
    song = f"entries/{world.entry.pk}/" if world.is_about_song() else ""
    token = make_token(user=world.host, scopes=[Scope.JAMS])
    response = Client().post(
        f"/api/v1/jams/friday/{song}actions/{world.case.action}",
        json.dumps(world.case.sent),
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )
    assert (response.status_code, response.json()) == (200, {"changed": True})


def by_admin(world: World) -> None:
    model, changes = world.case.admin
    row = {"jam": world.jam, "entry": world.entry, "attendee": world.dana}[model]
    save_in_admin(world.host, f"/admin/jams/{model}/{row.pk}/change/", changes)


def by_set_list(world: World) -> None:
    """The set list on the admin's page of the jam."""
    changes = {f"entries-0-{name}": value for name, value in world.case.admin[1].items()}
    save_in_admin(world.host, f"/admin/jams/jam/{world.jam.pk}/change/", changes)


def save_in_admin(host: User, address: str, changes: dict[str, Any]) -> None:
    browser = browser_of(host)
    form = {**form_of(browser.get(address)), **changes}
    response = browser.post(address, {name: value for name, value in form.items() if value is not None})
    assert response.status_code == 302, response.context["errors"]


def state() -> list[Any]:
    """Everything that the database holds of the jam, without numbers and moments that differ from run to run."""
    events = Event.objects.order_by("pk").select_related("user", "attendee", "entry__song")
    return [
        list(Jam.objects.values("status", "voting", "suggestions", "sign_ups", "performing_limit", "room_secret")),
        list(Jam.objects.values_list("musicians_edit_chords", *SETS)),
        [(e.song.title, e.status, bool(e.on_deck_at), bool(e.finished_at)) for e in entries()],
        list(Song.objects.order_by("title").values_list("title", "times_played")),
        list(Attendee.objects.order_by("pk").values_list("name", "left_at")),
        list(Performance.objects.order_by("pk").values_list("part", "no_show")),
        [(e.verb, e.user, e.attendee, e.entry and e.entry.song.title, shape(e.data)) for e in events],
    ]


def entries() -> Any:
    return Entry.objects.select_related("song").order_by("song__title")


def shape(data: Any) -> Any:
    """Return an event's data with the numbers of rows and the moments replaced by what kind they are."""
    if isinstance(data, dict):
        return {("row" if key.isdecimal() else key): shape(value) for key, value in data.items()}
    if isinstance(data, list):
        return [shape(value) for value in data]
    if isinstance(data, str):
        try:
            return type(datetime.fromisoformat(data))
        except ValueError:
            return data
    return data


def identified(rows: list[Any], world: World) -> list[Any]:
    names = {world.host: "hannah", world.dana: "Dana", None: None}
    return [
        *rows[:-1],
        [(verb, names[user], names[attendee], title, data) for verb, user, attendee, title, data in rows[-1]],
    ]


def outcome(case: Case, way: Callable[[World], None]) -> list[Any]:
    world = World(case)
    way(world)
    found = identified(state(), world)
    for model in (Event, Performance, Entry, Attendee, Jam, Song, User):
        model.objects.all().delete()
    return without_row_numbers(found)


def without_row_numbers(found: list[Any]) -> list[Any]:
    """`performances`, `with_events` and `song_id` of an event's data are primary keys."""
    for event in found[-1]:
        event[-1].pop("song_id", None)
        for key in ("performances", "with_events"):
            if key in event[-1]:
                event[-1][key] = len(event[-1][key])
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.action)
def test_action_has_the_same_effect_in_console_admin_and_api(case: Case) -> None:
    ways = [by_console, by_api, by_admin, *([by_set_list] if case.action in SETLIST else [])]
    expected, *others = [outcome(case, way) for way in ways]
    assert expected[-1][-1][0] == case.action
    assert others == [expected] * len(others)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.action)
def test_admin_change_can_be_undone_on_the_console(case: Case) -> None:
    world = World(case)
    before = identified(state(), world)[:-1]
    by_admin(world)
    event = Event.objects.select_related("jam").filter(verb=case.action).latest("pk")
    undo_event(event=event, user=world.host, now=timezone.now())
    assert identified(state(), world)[:-1] == before
