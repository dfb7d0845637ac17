"""The attendee behind a browser: name, votes and sign-ups. One query for a listener, two for a musician."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from jams.identity.browser_cookie import derive_attendee_key
from jams.models import Attendee, Entry, Jam, Performance
from songs.instruments import list_served


@dataclass(frozen=True)
class Turn:
    """A part that the attendee signed up for, in a song not played yet."""

    entry_id: int
    title: str
    part: str
    part_name: str
    instrument: str
    status: str
    unseen_call: datetime | None = None  # the moment of a call that the host does not know to be seen


@dataclass(frozen=True)
class CurrentAttendee:
    """One browser at one jam; `attendee` is None before its first action there."""

    attendee: Attendee | None = None
    is_called_when_locked: bool = False
    is_remembered: bool = False  # by the series
    hearts: frozenset[int] = frozenset()
    turns: tuple[Turn, ...] = ()

    @property
    def musician(self) -> Attendee | None:
        return self.attendee if self.attendee and self.attendee.is_musician else None

    @property
    def plays(self) -> list[str]:
        """Slugs of instruments."""
        return self.musician.plays if self.musician else []

    @property
    def serves(self) -> list[str]:
        """The instruments whose parts the attendee can take, as `songs.instruments.serves` says."""
        return list_served(self.plays)

    @property
    def songs(self) -> list[int]:
        """The ids of the entries that the attendee is signed up for; they count towards the performing limit."""
        return list(dict.fromkeys(turn.entry_id for turn in self.turns))


def read_current_attendee(jam: Jam, browser: str | None) -> CurrentAttendee:
    """Return the attendee that `browser` is at `jam`, with votes and sign-ups."""
    if browser is None:
        return CurrentAttendee()
    # One row per vote, or one row without: the attendee and their votes in one query.
    mine = Attendee.objects.filter(jam=jam, browser=derive_attendee_key(jam.pk, browser)).annotate(
        heart=F("votes__entry"), phone=F("push_subscription"), remembered=F("card")
    )
    rows = list(mine.order_by("pk"))
    if not rows:
        return CurrentAttendee()
    hearts = frozenset(row.heart for row in rows if row.heart is not None)
    me = rows[0]
    turns = _read_turns(me) if me.is_musician else ()
    return CurrentAttendee(me, me.phone is not None, me.remembered is not None, hearts, turns)


def _read_turns(musician: Attendee) -> tuple[Turn, ...]:
    mine = Performance.objects.filter(attendee=musician, no_show=False, entry__status__in=Entry.CLAIMING)
    columns = ("part", "other_part", "seen_at", "entry__status", "entry__on_deck_at", "entry__song__title")
    performances = mine.select_related("entry__song").only(*columns)
    return tuple(
        Turn(
            entry_id=row.entry_id,
            title=row.entry.song.title,
            part=row.part,
            part_name=row.part_name,
            instrument=row.instrument,
            status=row.entry.status,
            unseen_call=None if row.has_seen(row.entry.on_deck_at) else row.entry.on_deck_at,
        )
        for row in performances.order_by("entry__created_at", "entry", "pk")
    )
