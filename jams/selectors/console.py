"""What a host sees of a jam: everything on it, what to play next, who is here, and what was done. Four queries.

Only for the jam's hosts: nothing of this is cached or ever sent over a socket.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import blake2b
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from core.text import fold_text
from jams.models import Entry, EntryStatus, Event, Jam
from jams.selectors.missing_parts import missing_parts
from jams.selectors.next_song import Candidate, Last, NextSong, suggest_next_song
from jams.services.event_log import Verb, describe_event
from jams.services.undo import can_be_undone
from songs.parts import describe_parts

FEED = 40  # events of hosts, and alarms, that are shown
ALARMS = (Verb.CROWD, Verb.CLOSE_LEFT_OPEN)  # nobody's events, for the hosts
GUEST_FEED = 20  # events of guests and musicians


@dataclass(frozen=True)
class Player:
    name: str
    part: str
    no_show: bool


@dataclass(frozen=True)
class SetListItem:
    """A song on the list; `lacking` holds the parts that nobody plays, once for each person who is missing."""

    entry_id: int
    title: str
    artist: str
    key: str
    status: str
    votes: int
    players: tuple[Player, ...]
    lacking: tuple[str, ...]
    is_ready: bool
    suggested_by: str
    created_at: datetime
    on_deck_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def names(self) -> frozenset[str]:
        """Who is really there to play."""
        return frozenset(player.name for player in self.players if not player.no_show)

    @property
    def missing(self) -> tuple[str, ...]:
        """The parts that are lacking, in words, with how many of each."""
        return describe_parts(self.lacking)


@dataclass(frozen=True)
class Person:
    """A musician: `turns` is how many songs they have been on stage for tonight, `coming` how many they wait for."""

    name: str
    turns: int
    coming: int
    has_phone: bool

    @property
    def anchor(self) -> str:
        """What identifies this person on the page, however many others come and go; the name alone may be any text."""
        return blake2b(fold_text(self.name).encode(), digest_size=6).hexdigest()


@dataclass(frozen=True)
class FeedItem:
    """An event in words; `undo` is its id when it may be taken back, else None."""

    at: datetime
    sentence: str
    is_undone: bool
    undo: int | None


@dataclass(frozen=True)
class Console:
    jam: Jam
    lines: tuple[SetListItem, ...]
    people: tuple[Person, ...]
    acts: tuple[FeedItem, ...]
    guest_acts: tuple[FeedItem, ...]

    def _of(self, *statuses: str) -> list[SetListItem]:
        return [line for line in self.lines if line.status in statuses]

    @cached_property
    def on_stage(self) -> SetListItem | None:
        return next(iter(self._of(EntryStatus.PLAYING)), None)

    @cached_property
    def deck(self) -> list[SetListItem]:
        return sorted(self._of(EntryStatus.ON_DECK), key=lambda line: (line.on_deck_at, line.entry_id))

    @cached_property
    def queue(self) -> list[SetListItem]:
        """By votes, then title, as the public sees it."""
        return sorted(
            self._of(EntryStatus.QUEUED), key=lambda line: (-line.votes, fold_text(line.title), line.entry_id)
        )

    @cached_property
    def pending(self) -> list[SetListItem]:
        return sorted(self._of(EntryStatus.SUGGESTED), key=lambda line: (line.created_at, line.entry_id))

    @cached_property
    def gone(self) -> list[SetListItem]:
        return self._of(EntryStatus.SKIPPED, EntryStatus.HIDDEN)

    @cached_property
    def played(self) -> list[SetListItem]:
        """In the order they were played."""
        return sorted(self._of(EntryStatus.PLAYED), key=lambda line: (line.finished_at, line.entry_id))

    @cached_property
    def next(self) -> NextSong | None:
        """What to start now: what the host put on deck, else what `jams.selectors.next_song` makes of the queue."""
        if self.deck:
            first = self.deck[0]
            return NextSong(first.entry_id, first.title, (_("first on deck"), *_readiness(first)))
        return suggest_next_song(map(self._candidate, self.queue), last=self._last, turns=turns_of(self.lines))

    @property
    def _last(self) -> Last:
        if self.on_stage:
            return Last(self.on_stage.names, on_stage=True)
        return Last(self.played[-1].names if self.played else frozenset())

    def _candidate(self, line: SetListItem) -> Candidate:
        waited = sum(line.created_at < other.finished_at for other in self.played if other.finished_at)
        return Candidate(line.entry_id, line.title, line.votes, line.missing, line.names, waited)


def read_console(jam: Jam, *, now: datetime) -> Console:
    """Read the console of `jam` as of now; its venue need not be loaded."""
    lines = tuple(read_lines(jam))
    return Console(jam, lines, tuple(_people(jam, lines)), *_read_feeds(jam, now))


def read_lines(jam: Jam) -> list[SetListItem]:
    """Return every song of `jam`, hidden and suggested ones too, in the order in which they came."""
    entries = jam.entries.for_board().select_related("song", "suggested_by").order_by("created_at", "pk")
    return [_line(jam, entry) for entry in entries]


def turns_of(lines: Iterable[SetListItem]) -> Counter[str]:
    """Return how many songs each musician has been on stage for."""
    on_stage = (EntryStatus.PLAYED, EntryStatus.PLAYING)
    return Counter(name for line in lines if line.status in on_stage for name in line.names)


def _line(jam: Jam, entry: Any) -> SetListItem:
    players = tuple(Player(row.attendee.name, row.part_name, row.no_show) for row in entry.performances.all())
    present = [row.part for row in entry.performances.all() if not row.no_show]
    needed = entry.song.parts or jam.default_parts
    lacking = tuple(missing_parts(needed, present))
    return SetListItem(
        entry_id=entry.pk,
        title=entry.song.title,
        artist=entry.song.artist,
        key=entry.song.key,
        status=entry.status,
        votes=entry.vote_count,
        players=players,
        lacking=lacking,
        is_ready=bool(needed) and not lacking,
        suggested_by=entry.suggested_by.name if entry.suggested_by else "",
        created_at=entry.created_at,
        on_deck_at=entry.on_deck_at,
        started_at=entry.started_at,
        finished_at=entry.finished_at,
    )


def _people(jam: Jam, lines: tuple[SetListItem, ...]) -> list[Person]:
    """Return the musicians who are here, those with the fewest turns first."""
    turns = turns_of(lines)
    coming = Counter(name for line in lines if line.status in Entry.UPCOMING for name in line.names)
    here = jam.attendees.filter(left_at=None).exclude(name="").values_list("name", "browser")
    people = [Person(name, turns[name], coming[name], browser is not None) for name, browser in here]
    return sorted(people, key=lambda person: (person.turns, fold_text(person.name), person.name))


def _read_feeds(jam: Jam, now: datetime) -> tuple[tuple[FeedItem, ...], tuple[FeedItem, ...]]:
    """Return what hosts did, with the alarms, and what guests did: no guest can push the former off the page."""
    events = Event.objects.filter(jam=jam).select_related("user").order_by("-at", "-pk")
    by_hosts = Q(user__isnull=False) | Q(verb__in=ALARMS)
    hosts, guests = events.filter(by_hosts)[:FEED], events.exclude(by_hosts)[:GUEST_FEED]
    return tuple(_act(event, jam, now) for event in hosts), tuple(_act(event, jam, now) for event in guests)


def _act(event: Event, jam: Jam, now: datetime) -> FeedItem:
    is_last_word = event.verb == "end_jam" or not jam.is_over
    undo = event.pk if is_last_word and can_be_undone(event, now=now) else None
    return FeedItem(event.at, describe_event(event), event.undone_at is not None, undo)


def _readiness(line: SetListItem) -> tuple[str, ...]:
    if line.is_ready:
        return (_("ready"),)
    return (_("needs %(parts)s") % {"parts": ", ".join(line.missing)},) if line.missing else ()
