"""Small builders for tests: keyword-only, unique by default, straight to the rows.

They go round the services on purpose, so that a test can set up any state that the database allows.
"""

from collections.abc import Iterable, Mapping
from datetime import time, timedelta
from itertools import count
from typing import Any

from django.contrib.auth.models import Group, User
from django.utils import timezone

from accounts.models import Scope
from accounts.services.api_tokens import issue_token
from jams.models import Attendee, Band, BandStatus, Entry, Format, Jam, JamStatus, Performance, Seat, Series
from songs.models import Song
from songs.parts import Part
from venues.models import Membership, Role, Venue
from votes.models import Vote

_numbers = count(1)


def make_user(**values: Any) -> User:
    """A person with an account; `is_staff=True` makes a host, `is_superuser=True` an administrator."""
    return User.objects.create_user(**{"username": f"user{next(_numbers)}", "password": None, **values})


def make_staff(user: User) -> None:
    """Give `user` what a host needs besides a jam: access to the admin, and the rights of the group "Hosts"."""
    user.groups.add(Group.objects.get(name="Hosts"))
    user.is_staff = True
    user.save(update_fields=["is_staff"])


def make_token(*, user: User | None = None, scopes: Iterable[str] = Scope.values) -> str:
    """The secret of an API token in the name of `user`, or of an administrator."""
    now = timezone.now()
    user = user or make_user(is_staff=True, is_superuser=True)
    return issue_token(user=user, name="Program", scopes=scopes, expires_at=now + timedelta(days=1), now=now)[1]


def make_venue(**values: Any) -> Venue:
    number = next(_numbers)
    return Venue.objects.create(**{"name": f"Venue {number}", "slug": f"venue-{number}", **values})


def make_member(
    *, venue: Venue | None = None, user: User | None = None, role: str = Role.HOST, **values: Any
) -> Membership:
    """A member of the team of `venue`, whose account has no other permissions; `values` go to the account."""
    user = user or make_user(is_staff=True, **values)
    return Membership.objects.create(venue=venue or make_venue(), user=user, role=role)


def make_song(**values: Any) -> Song:
    number = next(_numbers)
    return Song.objects.create(**{"title": f"Song {number:05}", "artist": f"Artist {number:05}", **values})


def make_jam(*, venue: Venue | None = None, hosts: tuple[User, ...] = (), **values: Any) -> Jam:
    """A jam that is live now and open to every vote, unless told otherwise."""
    number = next(_numbers)
    starts_at = values.setdefault("starts_at", timezone.now() - timedelta(hours=1))
    defaults = {
        "name": f"Jam {number}",
        "slug": f"jam-{number}",
        "status": JamStatus.LIVE,
        "ends_at": starts_at + timedelta(hours=4),
    }
    jam = Jam.objects.create(venue=venue or make_venue(), **{**defaults, **values})
    jam.hosts.set(hosts)
    for host in hosts:
        make_staff(host)
    return jam


def make_series(*, venue: Venue | None = None, hosts: tuple[User, ...] = (), **values: Any) -> Series:
    """A series of Thursdays from 20:00 to 23:00 that begins next week, unless told otherwise."""
    number = next(_numbers)
    today = timezone.now().date()
    first = values.setdefault("first_on", today + timedelta(days=7 + (3 - today.weekday()) % 7))
    days = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
    defaults = {
        "name": f"Series {number}",
        "rule": f"FREQ=WEEKLY;BYDAY={days[first.weekday()]}",
        "starts_at": time(20),
        "ends_at": time(23),
    }
    series = Series.objects.create(venue=venue or make_venue(), **{**defaults, **values})
    series.hosts.set(hosts)
    for host in hosts:
        make_staff(host)
    return series


def make_entry(*, jam: Jam | None = None, song: Song | None = None, **values: Any) -> Entry:
    """A song in the queue of `jam`."""
    return Entry.objects.create(jam=jam or make_jam(), song=song or make_song(), **values)


def make_attendee(*, jam: Jam | None = None, **values: Any) -> Attendee:
    """A listener at `jam`; a `name` makes a musician."""
    return Attendee.objects.create(jam=jam or make_jam(), **{"browser": f"browser-{next(_numbers)}", **values})


def make_vote(*, entry: Entry | None = None, attendee: Attendee | None = None, **values: Any) -> Vote:
    """A heart for `entry` by somebody at its jam."""
    entry = entry or make_entry()
    return Vote.objects.create(entry=entry, attendee=attendee or make_attendee(jam=entry.jam), **values)


def make_performance(*, entry: Entry | None = None, attendee: Attendee | None = None, **values: Any) -> Performance:
    """Somebody at the jam of `entry` plays guitar in it."""
    entry = entry or make_entry()
    attendee = attendee or make_attendee(jam=entry.jam, name=f"Musician {next(_numbers)}")
    return Performance.objects.create(entry=entry, attendee=attendee, **{"part": Part.GUITAR, **values})


def make_band(*, jam: Jam | None = None, people: Mapping[Attendee, str] | None = None, **values: Any) -> Band:
    """A band in the running order, of `people` and what they play; its times fit its status."""
    now, status = timezone.now(), values.get("status")
    if status == BandStatus.CALLED:
        values.setdefault("called_at", now)
    if status in (BandStatus.ON_STAGE, BandStatus.PLAYED):
        values.setdefault("started_at", now)
    if status == BandStatus.PLAYED:
        values.setdefault("finished_at", values["started_at"])
    band = Band.objects.create(jam=jam or make_jam(format=Format.BANDS), **values)
    for person, instrument in (people or {}).items():
        Seat.objects.create(band=band, attendee=person, instrument=instrument)
    return band


def make_waiting(*, jam: Jam, name: str, plays: Iterable[str] = ("guitar",), **values: Any) -> Attendee:
    """A musician on the waiting list of `jam`."""
    values.setdefault("waits_since", timezone.now())
    return make_attendee(jam=jam, name=name, plays=list(plays), **values)
