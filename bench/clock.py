"""Tries the honest clock on simulated nights and prints the table of docs/clock.md: `python -m bench.clock`."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import exp

from jams.selectors.clock import (
    Phase,
    Range,
    Stage,
    Timed,
    estimate_starts,
    learn_pace,
    round_down,
    round_up,
)

SEED = 20261127
NIGHTS = 500
BEGIN = datetime(2026, 11, 27, 20, 0, tzinfo=UTC)
FARTHEST = 8  # bands ahead


@dataclass(frozen=True)
class Kind:
    """Nights of one kind: the plan in minutes, how the nights differ from it, and how often something goes wrong."""

    turn: float = 15
    change_over: float = 5
    bands: int = 11
    bias: float = 0.05  # all turns of such nights are longer by this, as a logarithm
    night_spread: float = 0.14
    turn_spread: float = 0.22
    change_over_spread: float = 0.5
    dropped: float = 0.04  # of all bands do not play
    breaks: float = 0.3  # of all nights have one, which nobody knew of before
    is_shortened: bool = False  # sets are a third shorter from the middle on, which the clock knows


KINDS = {
    "ordinary nights, sets of three songs": Kind(),
    "punctual: a clock on stage, nothing goes wrong": Kind(
        bias=0, night_spread=0.05, turn_spread=0.1, dropped=0, breaks=0
    ),
    "slow: sets are a third longer than planned": Kind(bias=0.3),
    "disorderly: long change-overs, a band in ten drops out": Kind(
        turn_spread=0.35, change_over_spread=0.7, dropped=0.1
    ),
    "sets made shorter in the middle": Kind(is_shortened=True),
    "open mic: ten minutes each": Kind(turn=10, change_over=3, bands=16),
    "song list: single songs": Kind(turn=5, change_over=2, bands=30, breaks=1),
}


@dataclass
class Score:
    """How many starts lay in the range, and how wide it was in minutes."""

    inside: int = 0
    shown_inside: int = 0
    width: float = 0.0
    told: int = 0

    def add(self, range_: Range, start: datetime) -> None:
        self.told += 1
        self.inside += range_.earliest <= start <= range_.latest
        self.shown_inside += round_down(range_.earliest) <= start <= round_up(range_.latest)
        self.width += (range_.latest - range_.earliest) / timedelta(minutes=1)


@dataclass(frozen=True)
class Played:
    """A band's turn, which ends as it starts if the band dropped out, and when the stage was free for it."""

    planned: float
    free_at: datetime
    start: datetime
    end: datetime
    has_break: bool

    @property
    def was_dropped(self) -> bool:
        return self.start == self.end


def play_night(kind: Kind, rng: random.Random) -> list[Played]:
    turn_bias, gap_bias = rng.gauss(kind.bias, kind.night_spread), rng.gauss(0, 2 * kind.night_spread)
    break_before = rng.randint(3, kind.bands - 2) if rng.random() < kind.breaks else 0
    free_at, night = BEGIN, []
    for number in range(kind.bands):
        is_late = number >= kind.bands // 2
        planned = kind.turn * (2 / 3 if kind.is_shortened and is_late else 1)
        has_break = number == break_before > 0
        gap = rng.uniform(10, 20) if has_break else kind.change_over * exp(rng.gauss(gap_bias, kind.change_over_spread))
        length = planned * exp(rng.gauss(turn_bias, kind.turn_spread))
        if rng.random() < kind.dropped and not has_break:
            night.append(Played(planned, free_at, free_at, free_at, has_break=False))
            continue
        start = free_at + minutes(gap)
        night.append(Played(planned, free_at, start, start + minutes(length), has_break))
        free_at = night[-1].end
    return night


def look(kind: Kind, night: list[Played], now: datetime) -> Iterator[tuple[int, Range, datetime]]:
    """Yield what the clock tells at `now` (how many bands ahead, range) and when that band really started."""
    over = [band for band in night if band.end <= now and not band.was_dropped]
    coming = [band for band in night if band.start > now]
    pace = learn_pace(
        [Timed(band.planned, to_minutes(band.end - band.start)) for band in over],
        [Timed(kind.change_over, to_minutes(band.start - band.free_at)) for band in over if not band.has_break],
        change_over=kind.change_over,
        dropped=sum(band.was_dropped and band.end <= now for band in night),
    )
    on_stage = next((band for band in night if band.start <= now < band.end), None)
    if on_stage:
        stage = Stage(Phase.TURN, on_stage.start, on_stage.planned)
    else:
        next_band = next(band for band in coming if not band.was_dropped)
        stage = Stage(Phase.BREAK if next_band.has_break else Phase.CHANGE_OVER, next_band.free_at)
    ranges = estimate_starts(stage, [band.planned for band in coming], pace=pace, now=now)
    for ahead, (range_, band) in enumerate(zip(ranges, coming, strict=True), start=1):
        if ahead <= FARTHEST and not band.was_dropped:
            yield ahead, range_, band.start


def try_nights(kind: Kind, nights: int = NIGHTS, seed: int = SEED) -> dict[int, Score]:
    """Return the score for each number of bands ahead; somebody looks at the clock every seven minutes."""
    rng, scores = random.Random(seed), {ahead: Score() for ahead in range(1, FARTHEST + 1)}
    for _night in range(nights):
        night = play_night(kind, rng)
        last = max(band.start for band in night if not band.was_dropped)
        now = BEGIN - minutes(20)
        while now < last:
            for ahead, range_, start in look(kind, night, now):
                scores[ahead].add(range_, start)
            now += minutes(7)
    return scores


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def to_minutes(span: timedelta) -> float:
    return span / timedelta(minutes=1)


def add_up(scores: Iterable[Score]) -> Score:
    total = Score()
    for score in scores:
        total.told += score.told
        total.inside += score.inside
        total.shown_inside += score.shown_inside
        total.width += score.width
    return total


def report_calibration() -> Iterator[str]:
    """Yield the lines of the table."""
    ahead = f"next band, 4 ahead, {FARTHEST} ahead"
    yield f"| Nights | ranges told | starts inside | {ahead} | inside as shown | width in minutes: {ahead} |"
    yield "|---|---|---|---|---|---|"
    every: dict[int, list[Score]] = {}
    for name, kind in KINDS.items():
        scores = try_nights(kind)
        for number, score in scores.items():
            every.setdefault(number, []).append(score)
        yield format_row(name, scores)
    yield format_row("**all of them**", {number: add_up(scores) for number, scores in every.items()})


def format_row(name: str, scores: dict[int, Score]) -> str:
    total, some = add_up(scores.values()), [scores[1], scores[4], scores[FARTHEST]]
    shares = ", ".join(f"{score.inside / score.told:.0%}" for score in some)
    widths = ", ".join(f"{score.width / score.told:.0f}" for score in some)
    inside, shown = total.inside / total.told, total.shown_inside / total.told
    return f"| {name} | {total.told:,} | {inside:.1%} | {shares} | {shown:.1%} | {widths} |"


if __name__ == "__main__":
    for line in report_calibration():
        print(line, flush=True)
