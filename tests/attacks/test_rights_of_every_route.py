"""Who may open what: every address of the site and every operation of the API, tried as seven kinds of people.

An address without a rule fails the first test: put it into `RULES` here, or, if it is for everybody, into `KINDS` of
tests/pages.py. What is not allowed is refused before anything is read, and changes no row.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from accounts.models import ApiToken
from jams.models import Event, Jam, Seat, Series
from jams.services.host_actions import HOST_ACTIONS
from jams.services.invitations import invite
from jobs.models import Job
from operations.models import Backup, ErrorReport
from songs.models import Song, SongImport
from tests.builders import (
    make_attendee,
    make_band,
    make_entry,
    make_jam,
    make_member,
    make_series,
    make_song,
    make_token,
    make_user,
    make_venue,
    make_vote,
)
from tests.hosts import browser_of, make_host
from tests.pages import KINDS, Kind
from venues.models import Role

pytestmark = [pytest.mark.once, pytest.mark.django_db]
type People = frozenset[str]
type Route = tuple[str, Sequence[str]]  # the name of an address and its parameters

#: Who somebody is to the night "friday" at the venue "lantern": an administrator, a manager of the venue, a member of
#: its team who is a host of the night and one who is not, a manager of another venue who has the rights of the group
#: "Hosts", an account without rights, and somebody without an account.
EVERYONE = ("administrator", "manager", "listed", "member", "other", "stranger", "nobody")
ADMINISTRATORS = frozenset({"administrator"})
MANAGERS = ADMINISTRATORS | {"manager"}
HOSTS = MANAGERS | {"listed"}
TEAM = HOSTS | {"member"}
STAFF = TEAM | {"other"}
LIBRARIANS = MANAGERS | {"other"}
NIGHT = [
    "console", "live", "find_songs", "edit", "copy", "delete", "cancel", "repeat", "songs", "songs_last", "songs_paste",
    "report", "report_csv", "share", "night_team", "undo",
]  # fmt: skip
SERIES = ["series", "edit_series", "end_series", "series_template", "series_team"]
RULES: dict[str, People] = {
    **{f"host:{name}": HOSTS for name in (*NIGHT, *SERIES, *HOST_ACTIONS)},
    **dict.fromkeys(["host:night_host", "host:series_host"], HOSTS),
    **dict.fromkeys(["host:home", "host:new", "host:new_series", "host:first_night"], STAFF),
    "host:new_venue": LIBRARIANS,
    "host:venue_team": TEAM,
    **dict.fromkeys(["host:member", "host:edit_venue", "host:invitation", "host:withdraw_invitation"], MANAGERS),
    **dict.fromkeys(["votes:arrivals", "votes:room-code", "votes:void"], HOSTS),
    **dict.fromkeys(["votes:twins", "votes:merge", "votes:unmerge"], LIBRARIANS),
    "search:wanted": STAFF,
    "accounts:two_factor": STAFF,
    **{f"accounts:two_factor_{act}": STAFF for act in ("begin", "confirm", "codes", "off")},
    "address:change": STAFF,
    **dict.fromkeys(["exports:page", "exports:everything", "exports:table"], ADMINISTRATORS),
    **dict.fromkeys(["operations:dashboard", "demo:remove"], ADMINISTRATORS),
}
ASK_FOR_THE_PASSWORD = {f"accounts:two_factor_{act}" for act in ("begin", "codes", "off")}  # with a 403 of their own
#: What the site says to people who may not open an address.
GATES = ("You don&#x27;t host", "You&#x27;re not in the team", "no open invitation", "nothing at this address")
#: Librarians may upload songs. Only the person who uploaded a file, and administrators, may open it again.
IMPORTS = {
    "import": LIBRARIANS,
    **{f"import_{name}": ADMINISTRATORS | {"other"} for name in ("detail", "confirm", "reading", "refused")},
}
#: The pages of the admin, about rows of the night and of the site, and who may look at them.
ADMIN: dict[str, People] = {
    **dict.fromkeys(["jams.jam", "jams.series", "jams.entry", "jams.attendee", "jams.event"], HOSTS),
    **dict.fromkeys(["jams.band", "jams.seat"], HOSTS),
    "votes.vote": HOSTS,
    "venues.venue": STAFF,
    "songs.song": STAFF,
    **dict.fromkeys(["songs.instrument", "jobs.job", "operations.errorreport", "operations.backup"], ADMINISTRATORS),
    **dict.fromkeys(["auth.user", "auth.group", "accounts.apitoken"], ADMINISTRATORS),
}
OPERATIONS: dict[str, People] = {
    **dict.fromkeys(
        [*HOST_ACTIONS, "change_jam", "get_bands", "get_report", "change_series", "get_series_plan"], HOSTS
    ),
    **dict.fromkeys(["plan_jam", "plan_series"], TEAM),
    **dict.fromkeys(["add_song", "change_song", "merge_songs", "undo_merge", "add_venue"], LIBRARIANS),
    "change_venue": MANAGERS,
}
SCHEMA = json.loads((Path(settings.BASE_DIR) / "docs" / "openapi-v1.json").read_text())
VALUES = {"venue": "lantern", "rule": "FREQ=WEEKLY;BYDAY=TH", "slug": "new", "plays": ["guitar"], "instrument": "bass"}
TIMES = {"date-time": "2027-01-01T20:00:00Z", "time": "20:00", "date": "2027-01-07"}


class World:
    """The night "friday" at the venue "lantern", its rows, and everybody."""

    def __init__(self) -> None:
        self.venue, other = make_venue(slug="lantern"), make_host()
        self.jam = make_jam(slug="friday", venue=self.venue)
        self.series = make_series(venue=self.venue)
        listed = make_member(venue=self.venue).user
        manager = make_member(venue=self.venue, role=Role.MANAGER)
        make_jam(venue=make_member(user=other, role=Role.MANAGER).venue).hosts.add(other)
        for row in (self.jam, self.series):
            row.hosts.add(listed, make_user(is_staff=True))
        self.people: dict[str, User | None] = {
            "administrator": make_user(is_staff=True, is_superuser=True),
            "manager": manager.user,
            "listed": listed,
            "member": make_member(venue=self.venue).user,
            "other": other,
            "stranger": make_user(),
            "nobody": None,
        }
        self.entry = make_entry(jam=self.jam)
        dana = make_attendee(jam=self.jam, name="Dana")
        make_band(jam=self.jam, people={dana: "guitar"})
        make_vote(entry=self.entry, attendee=dana)
        browser_of(manager.user).post("/host/friday/pause_jam/")
        now = timezone.now()
        self.invitation = invite(target=self.venue, role=Role.HOST, user=manager.user, now=now)
        self.file = SongImport.objects.create(user=other, name="songs.csv")
        make_token(user=other)
        ErrorReport.objects.create(fingerprint="x", request_id="x", first_at=now, last_at=now)
        Backup.objects.create(at=now)
        self.person = manager.pk

    def path(self, name: str, words: Sequence[str]) -> str:
        """Return the path of the address `name` in this world."""
        hosts: dict[str, Any] = {"host:night_host": self.jam, "host:series_host": self.series}
        values: dict[str, Any] = {
            "slug": "friday",
            "venue": "lantern",
            "entry_id": self.entry.pk,
            "event_id": Event.objects.latest("pk").pk,
            "person": hosts[name].hosts.through.objects.latest("pk").pk if name in hosts else self.person,
            "name": "songs",
            "pk": self.invitation.pk if "invitation" in name else self.series.pk,
        }
        return reverse(name, kwargs={word: values[word] for word in words})


def routes(patterns: list[Any] | None = None, space: str = "", words: Sequence[str] = ()) -> Iterator[Route]:
    """Yield name and parameters of every address but those of Django's admin and the API, which have own tables."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        inside = (*words, *pattern.pattern.converters)
        if isinstance(pattern, URLPattern):
            yield f"{space}{pattern.name}", inside
        elif pattern.namespace not in ("admin", "api-v1", "djdt"):
            below = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from routes(pattern.url_patterns, below, inside)


def operations() -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Yield id, method, path and description of what the API does for programs."""
    for path, methods in SCHEMA["paths"].items():
        for method, operation in methods.items():
            if {"TokenAuth": []} in operation.get("security", ()):
                yield operation["operationId"], method, path, operation


@pytest.fixture
def world() -> World:
    return World()


def rows() -> dict[str, list[Any]]:
    """Return all rows except those that any request may write: sessions, and when a token was last used."""
    models = [model for model in apps.get_models() if model.__name__ not in ("Session", "ApiToken")]
    return {model._meta.label: sorted(map(str, model._base_manager.values_list())) for model in models}


def is_refused(answer: Any) -> bool:
    """Whether somebody was shown the door, or was asked to log in."""
    return answer.status_code in (401, 403, 404, 405) or "/admin/login/" in answer.headers.get("Location", "")


def is_shut_out(answer: Any) -> bool:
    """Whether somebody was refused because of who they are, and not because something is missing."""
    is_missing = answer.status_code == 404 and not any(gate in answer.text for gate in GATES)
    return is_refused(answer) and not is_missing


def test_every_address_has_a_rule() -> None:
    """Nothing is open because somebody forgot to say who may open it."""
    free = {name for name, kind in KINDS.items() if kind is not Kind.HOSTS} - RULES.keys()
    assert sorted({name for name, _words in routes()} ^ (RULES.keys() | free)) == []
    assert sorted({name for name, *_rest in operations()} ^ OPERATIONS.keys()) == []
    assert (
        sorted(
            {model._meta.label_lower for model in apps.get_models() if admin.site.is_registered(model)} ^ ADMIN.keys()
        )
        == []
    )


@pytest.mark.parametrize("who", EVERYONE)
def test_addresses_open_for_whom_their_rule_names(world: World, who: str) -> None:
    browser = browser_of(world.people[who])
    before, wrong = rows(), []
    for name, words in routes():
        if name not in RULES:
            continue
        path, answers = world.path(name, words), []
        for method in ("get", "post"):
            with transaction.atomic():
                answers.append(getattr(browser, method)(path))
                if who in RULES[name]:
                    transaction.set_rollback(True)
        shut = all(map(is_shut_out if who in RULES[name] else is_refused, answers))
        if shut is (who in RULES[name]) and name not in ASK_FOR_THE_PASSWORD:
            wrong.append((name, [answer.status_code for answer in answers]))
    assert wrong == []
    after = rows()
    changed = {label for label in before if label != "sessions.Session" and before[label] != after[label]}
    assert changed <= {"auth.User"}  # when they logged in last


@pytest.mark.parametrize("who", EVERYONE)
def test_pages_of_the_admin_open_for_whom_their_rule_names(world: World, who: str) -> None:
    rows_of_the_night: dict[str, Any] = {
        "jams.jam": world.jam,
        "jams.series": world.series,
        "jams.entry": world.entry,
        "venues.venue": world.venue,
        "jobs.job": None,
        "jams.event": Event.objects.first(),
        "jams.seat": Seat.objects.first(),
        "auth.group": Group.objects.first(),
    }
    browser, found, expected = browser_of(world.people[who]), {}, {}
    for model in filter(admin.site.is_registered, apps.get_models()):
        label = model._meta.label_lower
        row = rows_of_the_night.get(label, model._default_manager.first())
        if row is None:
            continue
        pages = [reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=[row.pk])
                 for page in ("change", "history")]  # fmt: skip
        found[label] = [not is_refused(answer) and answer.status_code == 200 for answer in map(browser.get, pages)]
        expected[label] = [who in ADMIN[label]] * 2
    assert found == expected
    for name, people in IMPORTS.items():
        page = reverse(f"admin:songs_song_{name}", args=[world.file.pk] if name != "import" else [])
        opens = not all(is_refused(getattr(browser, method)(page)) for method in ("get", "post"))
        assert (name, opens) == (name, who in people)


def example(schema: dict[str, Any], name: str = "") -> Any:
    """Return a value that the schema of the API takes."""
    if "$ref" in schema:
        schema = SCHEMA["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "properties" in schema:
        return {word: example(schema["properties"][word], word) for word in schema.get("required", ())}
    if name in VALUES:
        return VALUES[name] if schema.get("type") == "array" or name != "plays" else "guitar"
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return example(schema["anyOf"][0], name)
    if schema.get("format") in TIMES:
        return TIMES[schema["format"]]
    return {"integer": 1, "boolean": True, "array": []}.get(schema.get("type", ""), "x")


@pytest.mark.parametrize("who", EVERYONE)
def test_operations_of_the_api_work_for_whom_their_rule_names(world: World, who: str) -> None:
    user = world.people[who]
    token = make_token(user=user) if user else "jam_unknown"
    twin, before, wrong = make_song(), rows(), []
    keys = {"slug": "friday", "entry_id": world.entry.pk, "song_id": world.entry.song_id, "code": world.series.code,
            "merge_id": 1}  # fmt: skip
    for name, method, path, operation in operations():
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        sent = {**example(body), **({"twin_id": twin.pk} if name == "merge_songs" else {})} if body else {}
        here = path.format(**{**keys, **({"slug": "lantern"} if "venues" in path else {})})
        headers: Any = {"Authorization": f"Bearer {token}"}
        with transaction.atomic():
            answer = Client().generic(method.upper(), here, json.dumps(sent), "application/json", headers=headers)
            if who in OPERATIONS[name]:
                transaction.set_rollback(True)
        if (answer.status_code in (401, 403)) is (who in OPERATIONS[name]) or answer.status_code == 405:
            wrong.append((name, answer.status_code, answer.content[:80]))
    assert wrong == []
    assert rows() == before


def test_a_token_reads_and_writes_only_what_its_scope_says(world: World) -> None:
    """An administrator's token that may only read changes nothing."""
    headers: Any = {"Authorization": f"Bearer {make_token(scopes=['read'])}"}
    for name, method, path, operation in operations():
        if method == "get":
            continue
        here = path.format(slug="friday", entry_id=world.entry.pk, song_id=1, code="x", merge_id=1)
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        sent = json.dumps(example(body) if body else {})
        answer = Client().generic(method.upper(), here, sent, "application/json", headers=headers)
        assert (name, answer.status_code) == (name, 403)
    assert (Jam.objects.count(), Series.objects.count(), Song.objects.count()) == (2, 1, 1)
    assert (Job.objects.count(), ApiToken.objects.count()) == (0, 2)
