"""Who arrived at a jam when, and what removing their votes would change. For the jam's hosts only."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Q
from django.db.models.functions import TruncMinute

from jams.models import Attendee, Entry, Jam
from votes.models import Vote
from votes.services.void_votes import Newcomers

LOOK_BACK = timedelta(hours=6)
ROWS = 50


@dataclass(frozen=True)
class ArrivalsInMinute:
    """The phones that did something at a jam for the first time in this minute; `named` of them are musicians."""

    minute: datetime
    phones: int
    named: int
    votes: int

    @property
    def is_crowd(self) -> bool:
        return self.phones >= settings.CROWD_ALARM


@dataclass(frozen=True)
class SongChange:
    title: str
    before: int
    after: int


@dataclass(frozen=True)
class VoidPreview:
    """What removing the votes of some newcomers would change; songs that lose the most votes first."""

    phones: int
    votes: int
    songs: tuple[SongChange, ...]


def count_arrivals(jam: Jam, *, now: datetime) -> list[ArrivalsInMinute]:
    """Return the arrivals of the last hours, musicians included, newest first. `jam.venue` must be loaded."""
    arrived = Attendee.objects.filter(jam=jam, created_at__gt=now - LOOK_BACK, created_at__lte=now)
    phones: Any = arrived.exclude(browser=None).order_by()
    rows = phones.annotate(minute=TruncMinute("created_at", tzinfo=jam.venue.zone)).values("minute")
    counted = rows.annotate(
        phones=Count("pk", distinct=True),
        named=Count("pk", distinct=True, filter=~Q(name="")),
        votes=Count("votes"),
    )
    return [ArrivalsInMinute(**row) for row in counted.order_by("-minute")[:ROWS]]


def preview_void(jam: Jam, newcomers: Newcomers) -> VoidPreview:
    """Return what `void_newcomers` would change now, in three queries."""
    phones = newcomers.find(jam).order_by()
    theirs = Vote.objects.filter(entry__jam=jam, attendee__in=phones.values("pk")).order_by()
    lost = dict(theirs.values_list("entry").annotate(n=Count("pk")))
    entries: Any = Entry.objects.filter(pk__in=lost).select_related("song").annotate(vote_count=Count("votes"))
    songs = [SongChange(entry.song.title, entry.vote_count, entry.vote_count - lost[entry.pk]) for entry in entries]
    songs.sort(key=lambda song: (song.after - song.before, song.title))
    return VoidPreview(phones=phones.count(), votes=sum(lost.values()), songs=tuple(songs))
