"""The honest clock: when those who wait will play, as ranges, and who still fits in before the end. Pure.

Two things take time: a turn on stage (of a band, an act or a single song) and the change-over to the next one. Each is
compared with its plan: the logarithm of actual/planned varies around a mean, which differs from night to night.
`learn_pace` starts from what is usual and moves towards tonight, the more of it there is. The start of a turn is a sum
of such times: its mean and variance are added up, and its shape is taken to be log-normal.

Of 100 starts, 80 should lie in the range that was told; docs/clock.md shows the nights on which this was tried.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from enum import Enum, auto
from itertools import pairwise
from math import exp, expm1, log, log1p, sqrt
from statistics import NormalDist

from django.utils.translation import gettext as _

from core.local_times import format_clock

SONG_MINUTES = 5.0  # a song of a set, with what is said before it
SONG_CHANGE_OVER = 2.0  # minutes from one song of a song list to the next, with other musicians
BREAK_MINUTES = 15.0
STEP = timedelta(minutes=5)  # times in words are multiples of this
SHARE_INSIDE = 0.8
MOST_OFF_PLAN = log(3)  # a time that is further off is a tap that was forgotten
SPREAD_WEIGHT = 1.0  # so many times of tonight count as much as the usual spread
DROPPED, DROPPED_WEIGHT = 0.05, 10  # the usual share of turns that never take place, and how many turns it is worth
UNTOLD_WEIGHT = 2.0  # so many change-overs are believed to be told apart from the turn before
SURPRISES = 0.03  # of all change-overs are breaks that nobody knew of
TAIL_LEFT = 1e-3  # whoever is slower than all but one in a thousand may go on in the same way
_NORMAL = NormalDist()
_QUANTILE = _NORMAL.inv_cdf((1 + SHARE_INSIDE) / 2)


@dataclass(frozen=True)
class Timed:
    """Something that is over: for how many minutes it was planned, and how many it took."""

    planned: float
    actual: float


@dataclass(frozen=True)
class PastTurn:
    """A turn that is over: for how many minutes it was planned, and from when to when it lasted."""

    planned: float
    started_at: datetime
    finished_at: datetime


@dataclass(frozen=True)
class Habit:
    """How many times longer than planned something takes, as a logarithm.

    `spread` is the standard deviation around the night's own `mean`. That mean is known as well as if it had been
    measured `weight` times.
    """

    mean: float
    spread: float
    weight: float

    @property
    def factor(self) -> float:
        return exp(self.mean + self.spread**2 / 2)

    @property
    def doubt(self) -> float:
        """The relative variance of the mean: all times of a night are wrong together."""
        return expm1(self.spread**2 / self.weight)

    def learn(self, times: Iterable[Timed]) -> "Habit":
        """Return the habit after these times of tonight."""
        measured = [time for time in times if time.planned > 0 and time.actual > 0]
        if not measured:
            return self
        logs = [max(-MOST_OFF_PLAN, min(MOST_OFF_PLAN, log(time.actual) - log(time.planned))) for time in measured]
        count, mean = len(logs), sum(logs) / len(logs)
        weight = self.weight + count
        shift = self.weight * count / weight * (mean - self.mean) ** 2
        squares = SPREAD_WEIGHT * self.spread**2 + sum((value - mean) ** 2 for value in logs) + shift
        return Habit(
            mean=(self.weight * self.mean + count * mean) / weight,
            spread=sqrt(squares / (SPREAD_WEIGHT + count)),
            weight=weight,
        )

    def expect_rest(self, planned: float, elapsed: float) -> tuple[float, float]:
        """Return mean and variance of the minutes left of something that has lasted `elapsed` minutes already."""
        mean = self.mean + log(planned)
        if elapsed <= 0:
            whole = planned * self.factor
            return whole, whole**2 * expm1(self.spread**2)
        # Longer than nearly all: what is left is then as in the last case that can be told apart from the others.
        elapsed = min(elapsed, exp(mean - self.spread * _NORMAL.inv_cdf(TAIL_LEFT)))
        above = (mean - log(elapsed)) / self.spread
        share = _NORMAL.cdf(above)
        first = exp(mean + self.spread**2 / 2) * _NORMAL.cdf(above + self.spread) / share
        second = exp(2 * mean + 2 * self.spread**2) * _NORMAL.cdf(above + 2 * self.spread) / share
        return first - elapsed, second - first**2


# Wider than on an ordinary night: nobody knows beforehand whether it will be one, and tonight's own spread soon counts.
USUAL_TURN = Habit(mean=0.05, spread=0.31, weight=1.5)
USUAL_CHANGE_OVER = Habit(mean=-0.12, spread=0.77, weight=3.0)
USUAL_BREAK = Habit(mean=0.0, spread=0.4, weight=4.0)


@dataclass(frozen=True)
class Pace:
    """How turns and change-overs go tonight. `change_over` is the plan for the next ones, in minutes."""

    change_over: float
    turns: Habit = USUAL_TURN
    change_overs: Habit = USUAL_CHANGE_OVER
    dropped: float = DROPPED  # the share of turns that never take place


class Phase(Enum):
    TURN = auto()
    CHANGE_OVER = auto()
    BREAK = auto()


@dataclass(frozen=True)
class Stage:
    """What is going on, and since when; `planned` is the length of the turn on stage, in minutes.

    Before the night begins it is a change-over since the time at which it is planned to begin.
    """

    phase: Phase
    since: datetime
    planned: float = 0.0


@dataclass(frozen=True)
class Range:
    """When something happens: 80 times of 100 from `earliest` to `latest`, half the time before `likely`."""

    earliest: datetime
    likely: datetime
    latest: datetime

    def describe_likely(self, zone: tzinfo) -> str:
        """Return the middle of the range, for where there is no room for all of it: "about 21:40"."""
        return _("about %(likely)s") % {"likely": format_clock(round_down(self.likely + STEP / 2), zone)}

    def describe(self, zone: tzinfo) -> str:
        """Return the range in the reader's language, in `zone`, rounded outward to five minutes.

        Where the clocks go back or forward in between, each time says by which clock it is.
        """
        moments = (round_down(self.earliest), round_down(self.likely + STEP / 2), round_up(self.latest))
        earliest, likely, latest = (moment.astimezone(zone) for moment in moments)
        shown = "%H:%M" if earliest.utcoffset() == latest.utcoffset() else "%H:%M %Z"
        return _("about %(likely)s, between %(earliest)s and %(latest)s") % {
            "likely": likely.strftime(shown),
            "earliest": earliest.strftime(shown),
            "latest": latest.strftime(shown),
        }


def round_down(moment: datetime) -> datetime:
    """Return the last multiple of five minutes that is not after `moment`."""
    return datetime.fromtimestamp(moment.timestamp() // STEP.total_seconds() * STEP.total_seconds(), UTC)


def round_up(moment: datetime) -> datetime:
    """Return the first multiple of five minutes that is not before `moment`."""
    down = round_down(moment)
    return down if down == moment else down + STEP


def learn_pace(
    turns: Collection[Timed], change_overs: Iterable[Timed], *, change_over: float, dropped: int = 0
) -> Pace:
    """Return the pace of tonight, with `dropped` turns that never took place.

    `change_over` is the plan for the next ones, in minutes. A change-over of no time at all is part of the turn before
    it: the host started the next one without ending that. Where this is usual, the plan gets shorter.
    """
    share = (DROPPED * DROPPED_WEIGHT + dropped) / (DROPPED_WEIGHT + dropped + len(turns))
    gaps = list(change_overs)
    told = sum(gap.actual > 0 for gap in gaps)
    change_over *= (UNTOLD_WEIGHT + told) / (UNTOLD_WEIGHT + len(gaps))
    return Pace(change_over, USUAL_TURN.learn(turns), USUAL_CHANGE_OVER.learn(gaps), share)


def learn_from_turns(over: Iterable[PastTurn], *, change_over: float, dropped: int = 0) -> Pace:
    """Return the pace of a night from its turns that are over, as `learn_pace` does."""
    turns = sorted(over, key=lambda turn: turn.started_at)
    times = [Timed(turn.planned, _count_minutes(turn.started_at, turn.finished_at)) for turn in turns]
    gaps = [Timed(change_over, _count_minutes(a.finished_at, b.started_at)) for a, b in pairwise(turns)]
    return learn_pace(times, gaps, change_over=change_over, dropped=dropped)


def find_gap(over: Iterable[PastTurn], *, begins_at: datetime, is_break: bool) -> Stage:
    """Return what goes on while nobody is on stage, since the last turn or else the planned begin of the night.

    Since when a break lasts is not recorded, so it counts from the end of the last turn, too.
    """
    since = max([begins_at, *(turn.finished_at for turn in over)])
    return Stage(Phase.BREAK if is_break else Phase.CHANGE_OVER, since)


def _count_minutes(start: datetime, end: datetime) -> float:
    return (end - start) / timedelta(minutes=1)


def estimate_starts(stage: Stage, lengths: Sequence[float], *, pace: Pace, now: datetime) -> tuple[Range, ...]:
    """Return when each of the turns to come starts, in their order; `lengths` are their planned minutes."""
    return tuple(span.to_range(now) for span in list(_walk(stage, lengths, pace=pace, now=now))[::2])


def will_fit(stage: Stage, lengths: Sequence[float], *, pace: Pace, now: datetime, until: datetime) -> int:
    """Return how many of the turns to come are likely to be over at `until`."""
    ends = list(_walk(stage, lengths, pace=pace, now=now))[1::2]
    return sum(span.to_range(now).likely <= until for span in ends)


def estimate_end(stage: Stage, lengths: Sequence[float], *, pace: Pace, now: datetime) -> Range:
    """Return when the last of the turns to come, of which there is at least one, is over."""
    return list(_walk(stage, lengths, pace=pace, now=now))[-1].to_range(now)


def find_last_sign_up(
    stage: Stage, lengths: Sequence[float], *, length: float, pace: Pace, now: datetime, until: datetime
) -> datetime | None:
    """Return until when it makes sense to sign up for one more turn of `length` minutes; None if there is no time left.

    Whoever signs up later would not be over by `until`, even if nobody else was waiting.
    """
    if will_fit(stage, [*lengths, length], pace=pace, now=now, until=until) <= len(lengths):
        return None
    turn = _Span().plus_change_over(pace).plus_turn(length, pace)
    return max(now, round_down(until - timedelta(minutes=turn.mean)))


@dataclass(frozen=True)
class _Span:
    """The time from now to something: what is expected, in minutes, and the variance of each part by itself."""

    rest: float = 0.0
    turns: float = 0.0
    change_overs: float = 0.0
    variance: float = 0.0
    doubt: float = 0.0

    @property
    def mean(self) -> float:
        return self.rest + self.turns + self.change_overs

    def plus_turn(self, planned: float, pace: Pace) -> "_Span":
        minutes = planned * pace.turns.factor
        variance = self.variance + minutes**2 * (expm1(pace.turns.spread**2) + pace.dropped)
        return replace(self, turns=self.turns + (1 - pace.dropped) * minutes, variance=variance)._weigh(pace)

    def plus_change_over(self, pace: Pace) -> "_Span":
        minutes = pace.change_over * pace.change_overs.factor
        variance = minutes**2 * expm1(pace.change_overs.spread**2) + SURPRISES * BREAK_MINUTES**2
        minutes += SURPRISES * BREAK_MINUTES
        return replace(self, change_overs=self.change_overs + minutes, variance=self.variance + variance)._weigh(pace)

    def _weigh(self, pace: Pace) -> "_Span":
        return replace(self, doubt=self.turns**2 * pace.turns.doubt + self.change_overs**2 * pace.change_overs.doubt)

    def to_range(self, now: datetime) -> Range:
        if self.mean <= 0:
            return Range(now, now, now)
        spread = sqrt(log1p((self.variance + self.doubt) / self.mean**2))
        middle = log(self.mean) - spread**2 / 2
        early, likely, late = (now + timedelta(minutes=exp(middle + sign * _QUANTILE * spread)) for sign in (-1, 0, 1))
        return Range(early, likely, late)


def _walk(stage: Stage, lengths: Sequence[float], *, pace: Pace, now: datetime) -> Iterator[_Span]:
    """Yield the start and the end of each turn to come."""
    span = _start_of_next(stage, pace, now)
    for length in lengths:
        yield span
        span = span.plus_turn(length, pace)
        yield span
        span = span.plus_change_over(pace)


def _start_of_next(stage: Stage, pace: Pace, now: datetime) -> _Span:
    elapsed = (now - stage.since).total_seconds() / 60
    early = max(0.0, -elapsed)
    match stage.phase:
        case Phase.TURN:
            mean, variance = pace.turns.expect_rest(stage.planned, elapsed)
            return _Span(turns=mean, variance=variance).plus_change_over(pace)
        case Phase.CHANGE_OVER:
            mean, variance = pace.change_overs.expect_rest(pace.change_over, elapsed)
            return _Span(rest=early, change_overs=mean, variance=variance)
        case Phase.BREAK:
            mean, variance = USUAL_BREAK.expect_rest(BREAK_MINUTES, elapsed)
            return _Span(rest=mean, variance=variance)
