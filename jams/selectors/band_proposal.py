"""Propose a band to the host: who takes which place on stage next, and why. Pure: the same rows give the same band.

The rules, in this order:

1. The places of the stage plan are filled, drums and bass first. A place stays empty only if nobody can fill it.
2. Everybody plays once before anybody plays twice, if the jam asks for that.
3. Nobody plays in two bands running unless nobody else can fill the place.
4. Whoever has to leave soon comes first, then whoever did not get to play last time, then whoever has waited longest.
5. Among those who have waited about as long, not the same people together again.
6. Newcomers are never among themselves if somebody else could take one of their places.

The house band only fills places that would otherwise stay empty. Nobody in it has waited for a turn.

Which people fit on the places together is a matching (`jams.selectors.seating`). People are admitted best first.
Whoever has no place beside those already admitted will not have one beside more of them, so the result is the best
set of people in this order, and each is looked at once.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from operator import eq

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from jams.selectors.seating import Seating
from songs.parts import describe_part

LEAVES_SOON = timedelta(minutes=60)
WAIT_STEP = timedelta(minutes=10)  # people who have waited as long as this, more or less, have waited equally long
RHYTHM_SECTION = ("drums", "bass")  # filled first, in this order

type Rank = tuple[bool, bool, int, timedelta, bool, int, int, timedelta, int]
type Serves = Callable[[str, str], bool]  # (what somebody plays, what a place needs) -> whether it will do


@dataclass(frozen=True)
class Waiting:
    """Somebody who may play. `plays` starts with the main instrument.

    `turns` counts the bands of tonight that this person played in, is on stage with, or is called with. `is_busy` says
    that one of them is on stage, `is_next` that one is still to come, apart from acts, whose musicians often help each
    other. Someone who is only in the house band has no `waits_since`. `missed_last` is known
    only of those whom the series remembers. A proposal does not depend on `has_phone`.
    """

    pk: int
    name: str
    plays: tuple[str, ...]
    waits_since: datetime | None
    leaves_at: datetime | None = None
    is_new: bool = False
    turns: int = 0
    is_busy: bool = False
    is_next: bool = False
    in_house_band: bool = False
    sits_out: bool = False
    has_phone: bool = True
    missed_last: bool = False

    @property
    def is_guest(self) -> bool:
        """Whether this person waits for a turn: not in the house band, nor in a band that is on or next."""
        return not (self.in_house_band or self.is_busy or self.is_next)

    @property
    def comes_earlier(self) -> bool:
        """Whether this person did not get to play last time, and has not tonight either."""
        return self.missed_last and not self.turns

    def can_play(self, now: datetime) -> bool:
        return not self.sits_out and (self.leaves_at is None or self.leaves_at > now)


@dataclass(frozen=True)
class Place:
    """How many of an instrument fit on the stage; an optional place is filled only by people who wait for a turn."""

    instrument: str
    count: int = 1
    is_optional: bool = False


class ReasonKind(Enum):
    """What a reason is about."""

    LEAVES_SOON = auto()
    WAITED = auto()
    MISSED_LAST = auto()
    HAS_NOT_PLAYED = auto()
    HAS_PLAYED = auto()
    HOUSE_BAND = auto()
    TWO_RUNNING = auto()
    NOBODY_ELSE = auto()
    NOBODY = auto()
    IS_NEW = auto()
    IS_NEW_NEXT_TO = auto()
    PLAYS_WITH_NEWCOMERS = auto()
    PLAYED_TOGETHER = auto()
    SECOND_INSTRUMENT = auto()


_PHRASES = {
    ReasonKind.LEAVES_SOON: _("has to leave in %(n)d min"),
    ReasonKind.WAITED: _("has waited %(n)d min"),
    ReasonKind.MISSED_LAST: _("did not get to play last time"),
    ReasonKind.HAS_NOT_PLAYED: _("has not played tonight"),
    ReasonKind.HAS_PLAYED: ngettext_lazy("has played %(n)d time tonight", "has played %(n)d times tonight", "n"),
    ReasonKind.HOUSE_BAND: _("from the house band"),
    ReasonKind.TWO_RUNNING: _("would play twice running"),
    ReasonKind.NOBODY_ELSE: _("nobody else is free to play %(instrument)s"),
    ReasonKind.NOBODY: _("nobody is free to play %(instrument)s"),
    ReasonKind.IS_NEW: _("first time here"),
    ReasonKind.IS_NEW_NEXT_TO: _("first time here, next to %(names)s"),
    ReasonKind.PLAYS_WITH_NEWCOMERS: _("has been here before, unlike the others"),
    ReasonKind.PLAYED_TOGETHER: _("has played with %(names)s tonight"),
    ReasonKind.SECOND_INSTRUMENT: _("mainly plays %(instrument)s"),
}


@dataclass(frozen=True)
class Reason:
    """Why somebody has a place, or why nobody has it. `number` counts minutes or turns."""

    kind: ReasonKind
    number: int = 0
    instrument: str = ""
    names: tuple[str, ...] = ()

    def describe(self) -> str:
        """Return a phrase about the person, in the reader's language and without a full stop."""
        instrument = describe_part(self.instrument) if self.instrument else ""
        words = {"n": self.number, "instrument": instrument, "names": ", ".join(self.names)}
        return str(_PHRASES[self.kind] % words)


@dataclass(frozen=True)
class ProposedSeat:
    """A place and who takes it. `need` is what the stage plan asks for, `instrument` what the person would play.

    Without a person both are the same.
    """

    need: str
    instrument: str
    person: Waiting | None
    reasons: tuple[Reason, ...]

    def describe(self) -> str:
        """Return the reasons as one phrase, in the reader's language."""
        return ", ".join(reason.describe() for reason in self.reasons)


def propose_band(
    waiting: Iterable[Waiting],
    plan: Iterable[Place],
    *,
    together: Mapping[frozenset[int], int],
    now: datetime,
    everyone_once_first: bool = True,
    serves: Serves = eq,
) -> tuple[ProposedSeat, ...]:
    """Return a seat for each place, in the order of the plan; optional places that nobody takes are left out.

    `together` tells how many bands of tonight two people, by their ids, were in together; a missing pair was in none.
    """
    seats = _list_seats(plan)
    people = sorted((person for person in waiting if person.can_play(now)), key=lambda person: person.pk)
    ranks = _Ranks(now, everyone_once_first, together)
    places = {person: _list_places(person, seats, serves) for person in people}
    open_seats = _choose_seats(people, seats, places, serves)
    seating = Seating({person: [seat for seat in places[person] if seat in open_seats] for person in people})
    left = list(people)
    while left and len(seating.holders) < len(open_seats):
        band = seating.people
        best = min(left, key=lambda person: ranks.rank(person, band))
        left.remove(best)
        if not seating.admit(best):  # nor is there a chair for anybody who can take the same, or fewer: a crowd is not
            full = set(seating.chairs[best])  # asked one by one
            left = [person for person in left if not full.issuperset(seating.chairs[person])]
    _seat_someone_experienced(seating, left=set(people) - seating.people, ranks=ranks)
    holders = seating.assign_main_instruments(sorted(seating.people, key=lambda person: ranks.rank(person, ())))
    band = set(holders.values())
    return tuple(
        _build_seat(seat.instrument, holders.get(number), band, people, ranks, serves)
        for number, seat in enumerate(seats)
        if number in holders or not seat.is_optional
    )


def rank_waiting(waiting: Iterable[Waiting], *, now: datetime, everyone_once_first: bool) -> tuple[Waiting, ...]:
    """Return those who can play now, in the order in which their turn comes if they all played the same instrument."""
    ranks = _Ranks(now, everyone_once_first, together={})
    return tuple(sorted((person for person in waiting if person.can_play(now)), key=lambda one: ranks.rank(one, ())))


def list_alternatives(
    need: str,
    waiting: Iterable[Waiting],
    *,
    band: Collection[Waiting],
    together: Mapping[frozenset[int], int],
    now: datetime,
    everyone_once_first: bool = True,
    serves: Serves = eq,
) -> tuple[ProposedSeat, ...]:
    """Return who else could take a place that needs `need`, best first, beside the `band` in the other places."""
    ranks = _Ranks(now, everyone_once_first, together)
    people = [person for person in waiting if person.can_play(now)]
    able = [person for person in people if person not in band and _find_instrument(person, need, serves)]
    is_for_newcomers = bool(band) and all(person.is_new for person in band)
    able.sort(key=lambda person: (is_for_newcomers and person.is_new, ranks.rank(person, band)))
    return tuple(_build_seat(need, person, {*band, person}, people, ranks, serves) for person in able)


@dataclass(frozen=True)
class _Ranks:
    """Who comes before whom."""

    now: datetime
    everyone_once_first: bool
    together: Mapping[frozenset[int], int]

    def rank(self, person: Waiting, band: Iterable[Waiting]) -> Rank:
        """Return the sort key of `person` beside the `band` chosen so far; lower comes first."""
        wait = self.find_wait(person)
        return (
            person.is_busy,
            person.in_house_band,
            person.turns if self.everyone_once_first else 0,
            self.find_time_left(person) or LEAVES_SOON,
            not person.comes_earlier,
            -(wait // WAIT_STEP),
            sum(self.together.get(frozenset({person.pk, other.pk}), 0) for other in band),
            -wait,
            person.pk,
        )

    def plays_again(self, person: Waiting) -> bool:
        """Whether `person` would take a turn from somebody who has had none; the house band does not take turns."""
        return self.everyone_once_first and person.turns > 0 and not person.in_house_band

    def find_wait(self, person: Waiting) -> timedelta:
        return self.now - person.waits_since if person.waits_since else timedelta()

    def find_time_left(self, person: Waiting) -> timedelta | None:
        """Return how long `person` will be here, if that is not long."""
        left = person.leaves_at - self.now if person.leaves_at else LEAVES_SOON
        return left if left < LEAVES_SOON else None

    def explain_turn(self, person: Waiting, others: Iterable[Waiting]) -> Iterator[Reason]:
        """Say why it is the turn of `person`, compared with the `others` in the band."""
        time_left = self.find_time_left(person)
        if time_left is not None:
            yield Reason(ReasonKind.LEAVES_SOON, _to_minutes(time_left))
        if person.is_guest:
            yield Reason(ReasonKind.WAITED, _to_minutes(self.find_wait(person)))
        if person.comes_earlier:
            yield Reason(ReasonKind.MISSED_LAST)
        if person.in_house_band:
            yield Reason(ReasonKind.HOUSE_BAND)
        elif person.turns:
            yield Reason(ReasonKind.HAS_PLAYED, person.turns)
        elif self.everyone_once_first and any(other.turns for other in others):
            yield Reason(ReasonKind.HAS_NOT_PLAYED)
        if person.is_busy:
            yield Reason(ReasonKind.TWO_RUNNING)

    def explain_company(self, person: Waiting, others: Collection[Waiting]) -> Iterator[Reason]:
        """Say how `person` goes together with the `others` in the band."""
        mentor = max((other for other in others if not other.is_new), key=lambda other: other.turns, default=None)
        if person.is_new:
            yield Reason(ReasonKind.IS_NEW_NEXT_TO, names=(mentor.name,)) if mentor else Reason(ReasonKind.IS_NEW)
        elif others and mentor is None:
            yield Reason(ReasonKind.PLAYS_WITH_NEWCOMERS)
        known = tuple(other.name for other in others if self.together.get(frozenset({person.pk, other.pk}), 0))
        if known:
            yield Reason(ReasonKind.PLAYED_TOGETHER, names=known)


def _to_minutes(span: timedelta) -> int:
    return max(0, span // timedelta(minutes=1))


def _build_seat(
    need: str,
    person: Waiting | None,
    band: Collection[Waiting],
    people: Iterable[Waiting],
    ranks: _Ranks,
    serves: Serves,
) -> ProposedSeat:
    if person is None:
        return ProposedSeat(need, need, None, (Reason(ReasonKind.NOBODY, instrument=need),))
    instrument = _find_instrument(person, need, serves) or need
    others = sorted((other for other in band if other != person), key=lambda other: other.pk)
    reasons = list(ranks.explain_turn(person, others))
    rest = (other for other in people if other.is_guest and other not in band)
    if not any(_find_instrument(other, need, serves) for other in rest):
        reasons.append(Reason(ReasonKind.NOBODY_ELSE, instrument=need))
    reasons += ranks.explain_company(person, others)
    if instrument != person.plays[0]:
        reasons.append(Reason(ReasonKind.SECOND_INSTRUMENT, instrument=person.plays[0]))
    return ProposedSeat(need, instrument, person, tuple(reasons))


def _seat_someone_experienced(seating: Seating[Waiting, int], left: Iterable[Waiting], ranks: _Ranks) -> None:
    """Replace one of the people if all are new and somebody else who is not new could play; a soloist may be new."""
    people = sorted(seating.people, key=lambda person: ranks.rank(person, ()), reverse=True)
    if len(people) <= 1 or not all(person.is_new for person in people):
        return
    experienced = [person for person in left if not (person.is_new or person.is_busy)]
    for other in sorted(experienced, key=lambda person: (ranks.plays_again(person), ranks.rank(person, people))):
        if any(seating.replace(person, other) for person in people):
            return


@dataclass(frozen=True)
class _Seat:
    """One place for one person."""

    instrument: str
    is_optional: bool


def _list_seats(plan: Iterable[Place]) -> list[_Seat]:
    return [_Seat(place.instrument, place.is_optional) for place in plan for _number in range(place.count)]


def _list_places(person: Waiting, seats: Sequence[_Seat], serves: Serves) -> list[int]:
    """Return the numbers of the seats that `person` could take, those for the main instrument first."""
    ways: dict[str, int] = {}
    for need in {seat.instrument for seat in seats}:
        instrument = _find_instrument(person, need, serves)
        if instrument is not None:
            ways[need] = person.plays.index(instrument)
    able = [number for number, seat in enumerate(seats) if seat.instrument in ways]
    fitting = [number for number in able if person.is_guest or not seats[number].is_optional]
    return sorted(fitting, key=lambda number: (ways[seats[number].instrument], number))


def _find_instrument(person: Waiting, need: str, serves: Serves) -> str | None:
    """Return what `person` would play on a place that needs `need`; None if it is nothing that serves."""
    return next((instrument for instrument in person.plays if serves(instrument, need)), None)


def _choose_seats(
    people: Sequence[Waiting], seats: Sequence[_Seat], places: Mapping[Waiting, Collection[int]], serves: Serves
) -> frozenset[int]:
    """Return the seats that can be filled at the same time, the more important ones if not all of them can."""

    def importance(number: int) -> tuple[bool, int, int]:
        seat = seats[number]
        rhythm = (place for place, need in enumerate(RHYTHM_SECTION) if serves(seat.instrument, need))
        return seat.is_optional, next(rhythm, len(RHYTHM_SECTION)), number

    takers = {number: [person for person in people if number in places[person]] for number in range(len(seats))}
    seating = Seating(takers)
    for number in sorted(takers, key=importance):
        seating.admit(number)
    return frozenset(seating.people)
