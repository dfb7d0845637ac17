"""The host console: set list, suggested next song, people and activity feed, in four queries.

Only for the jam's hosts: never cache it or send it over a WebSocket.
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

from core.sort_keys import make_person_sort_key, make_sort_words
from core.text import fold_text
from jams.models import Entry, EntryStatus, Event, Jam
from jams.selectors.next_song import Candidate, LastSong, NextSong, suggest_next_song
from jams.services.event_log import Verb, describe_event
from jams.services.undo import WHEN_OVER, can_be_undone
from songs.parts import describe_parts, find_missing_parts

HOST_FEED_LENGTH = 40  # events of hosts and alarms
ALARMS = (
    Verb.CROWD,
    Verb.VOTES_AT_ONCE,
    Verb.VOTES_OF_ONE_NETWORK,
    Verb.VOTES_FOR_ONE_SONG,
    Verb.CLOSE_LEFT_OPEN,
)  # fmt: skip  (events without an actor, for the hosts)
MAX_TWINS = 3  # musicians with a phone who may be the same person as one without
GUEST_FEED_LENGTH = 20  # events of listeners and musicians


@dataclass(frozen=True)
class Player:
    """A musician of a song; the times are those of the call when it was put on deck."""

    name: str
    part: str
    no_show: bool
    delivered_at: datetime | None = None
    seen_at: datetime | None = None


@dataclass(frozen=True)
class SetListItem:
    """A song on the set list; `lacking` holds the parts still needed, once per missing person."""

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
    place: int
    on_deck_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def names(self) -> frozenset[str]:
        """The players who are present."""
        return frozenset(player.name for player in self.players if not player.no_show)

    @property
    def missing(self) -> tuple[str, ...]:
        """The parts still needed, in words, with counts."""
        return describe_parts(self.lacking)


@dataclass(frozen=True)
class Person:
    """A musician. `turns` is the number of songs they have played tonight, `upcoming` the number still to play.

    Somebody without a phone may have been typed in and joined by phone later: `twins` are those with a phone whose
    first name is the same.
    """

    name: str
    turns: int
    upcoming: int
    has_phone: bool
    twins: tuple[str, ...] = ()

    @property
    def anchor(self) -> str:
        """A stable id for this person's element; a name can't be used, as it may contain any text."""
        return blake2b(fold_text(self.name).encode(), digest_size=6).hexdigest()


@dataclass(frozen=True)
class FeedItem:
    """An event in words; `undo` is its id if it can be undone, else None."""

    at: datetime
    sentence: str
    is_undone: bool
    undo: int | None


@dataclass(frozen=True)
class Console:
    jam: Jam
    items: tuple[SetListItem, ...]
    people: tuple[Person, ...]
    host_feed: tuple[FeedItem, ...]
    guest_feed: tuple[FeedItem, ...]

    def _select(self, *statuses: str) -> list[SetListItem]:
        return [item for item in self.items if item.status in statuses]

    @cached_property
    def on_stage(self) -> SetListItem | None:
        return next(iter(self._select(EntryStatus.PLAYING)), None)

    @cached_property
    def deck(self) -> list[SetListItem]:
        return sorted(self._select(EntryStatus.ON_DECK), key=lambda line: (line.place, line.on_deck_at, line.entry_id))

    @property
    def not_reached(self) -> list[str]:
        """Who in the first song on deck has to be called by voice: no phone of theirs has shown the call."""
        players = self.deck[0].players if self.deck and self.jam.is_on else ()
        names = [one.name for one in players if not (one.no_show or one.seen_at or one.delivered_at)]
        return list(dict.fromkeys(names))  # somebody may play two parts

    @cached_property
    def queue(self) -> list[SetListItem]:
        """By votes, then title, as on the public page."""
        return sorted(
            self._select(EntryStatus.QUEUED), key=lambda line: (-line.votes, make_sort_words(line.title), line.entry_id)
        )

    @property
    def songs_to_come(self) -> int:
        """How many songs are on deck or in the queue."""
        return len(self.deck) + len(self.queue)

    @cached_property
    def pending(self) -> list[SetListItem]:
        return sorted(self._select(EntryStatus.SUGGESTED), key=lambda line: (line.created_at, line.entry_id))

    @cached_property
    def removed(self) -> list[SetListItem]:
        return self._select(EntryStatus.SKIPPED, EntryStatus.HIDDEN)

    @cached_property  # asked twice for everybody who has no phone
    def phones(self) -> list[str]:
        """The musicians who have joined by phone."""
        return sorted((person.name for person in self.people if person.has_phone), key=make_person_sort_key)

    @cached_property
    def played(self) -> list[SetListItem]:
        """In the order they were played."""
        return sorted(self._select(EntryStatus.PLAYED), key=lambda line: (line.finished_at, line.entry_id))

    @cached_property
    def next(self) -> NextSong | None:
        """The song to start next: the first on deck, or else the suggestion from the queue."""
        if self.deck:
            first = self.deck[0]
            return NextSong(first.entry_id, first.title, (_("first on deck"), *_readiness(first)))
        return suggest_next_song(map(self._candidate, self.queue), last=self._last, turns=count_turns(self.items))

    @property
    def _last(self) -> LastSong:
        if self.on_stage:
            return LastSong(self.on_stage.names, on_stage=True)
        return LastSong(self.played[-1].names if self.played else frozenset())

    def _candidate(self, line: SetListItem) -> Candidate:
        waited = sum(line.created_at < other.finished_at for other in self.played if other.finished_at)
        return Candidate(line.entry_id, line.title, line.votes, line.missing, line.names, waited)


def read_console(jam: Jam, *, now: datetime) -> Console:
    """Read the console of `jam`; its venue need not be loaded."""
    items = tuple(read_set_list(jam))
    return Console(jam, items, tuple(_list_people(jam, items)), *_read_feeds(jam, now))


def read_set_list(jam: Jam) -> list[SetListItem]:
    """Return every song of `jam`, including hidden and suggested ones, in the order they were added."""
    entries = jam.entries.for_board().select_related("song", "suggested_by").order_by("created_at", "pk")
    return [_build_item(jam, entry) for entry in entries]


def count_turns(items: Iterable[SetListItem]) -> Counter[str]:
    """Return the number of songs each musician has played, by name, including the song on stage."""
    on_stage = (EntryStatus.PLAYED, EntryStatus.PLAYING)
    return Counter(name for item in items if item.status in on_stage for name in item.names)


def _build_item(jam: Jam, entry: Any) -> SetListItem:
    players = tuple(
        Player(
            row.attendee.name,
            row.part_name,
            row.no_show,
            row.delivered_at if row.has_got(entry.on_deck_at) else None,
            row.seen_at if row.has_seen(entry.on_deck_at) else None,
        )
        for row in entry.performances.all()
    )
    present = [row.instrument for row in entry.performances.all() if not row.no_show]
    needed = entry.song.parts or jam.default_parts
    lacking = tuple(find_missing_parts(needed, present))
    return SetListItem(
        entry_id=entry.pk,
        title=entry.song.title,
        artist=entry.song.artist,
        key=entry.song.key,
        status=entry.status,
        votes=entry.vote_count,
        players=players,
        lacking=lacking,
        is_ready=bool(present) and not lacking,
        suggested_by=entry.suggested_by.name if entry.suggested_by else "",
        created_at=entry.created_at,
        place=entry.place,
        on_deck_at=entry.on_deck_at,
        started_at=entry.started_at,
        finished_at=entry.finished_at,
    )


def _list_people(jam: Jam, items: tuple[SetListItem, ...]) -> list[Person]:
    """Return the musicians who are here, those with the fewest turns first, and then by name."""
    turns = count_turns(items)
    upcoming = Counter(name for item in items if item.status in Entry.UPCOMING for name in item.names)
    here = jam.attendees.filter(left_at=None).exclude(name="").order_by("name_order", "pk")
    rows = list(here.values_list("name", "browser"))
    phones: dict[str, list[str]] = {}  # by first name: folding each for each of the others would take long
    for name, browser in rows:
        if browser is not None:
            phones.setdefault(_fold_first_name(name), []).append(name)
    people = [
        Person(
            name=name,
            turns=turns[name],
            upcoming=upcoming[name],
            has_phone=browser is not None,
            twins=() if browser is not None else tuple(phones.get(_fold_first_name(name), ())[:MAX_TWINS]),
        )
        for name, browser in rows
    ]
    return sorted(people, key=lambda person: person.turns)


def _fold_first_name(name: str) -> str:
    return fold_text(name).partition(" ")[0]


def _read_feeds(jam: Jam, now: datetime) -> tuple[tuple[FeedItem, ...], tuple[FeedItem, ...]]:
    """Return the host feed, with alarms, and the guest feed; kept apart so that guests can't flood the host feed."""
    events = Event.objects.filter(jam=jam).select_related("user").order_by("-at", "-pk")
    by_hosts = Q(user__isnull=False) | Q(verb__in=ALARMS)
    hosts, guests = events.filter(by_hosts)[:HOST_FEED_LENGTH], events.exclude(by_hosts)[:GUEST_FEED_LENGTH]
    return (
        tuple(_build_feed_item(event, jam, now) for event in hosts),
        tuple(_build_feed_item(event, jam, now) for event in guests),
    )


def _build_feed_item(event: Event, jam: Jam, now: datetime) -> FeedItem:
    is_allowed = event.verb in WHEN_OVER or not jam.is_over
    undo = event.pk if is_allowed and can_be_undone(event, now=now) else None
    return FeedItem(event.at, describe_event(event), event.undone_at is not None, undo)


def _readiness(line: SetListItem) -> tuple[str, ...]:
    if line.is_ready:
        return (_("ready"),)
    return (_("needs %(parts)s") % {"parts": ", ".join(line.missing)},) if line.missing else ()
