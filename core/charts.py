"""Bars for a plot, as numbers: templates draw them. Pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WIDTH, HEIGHT = 640, 200  # of a drawing with upright bars, in its own units
ROW_HEIGHT, LABEL_WIDTH, MAX_BAR_LENGTH = (
    36,
    220,
    360,
)  # in one with lying bars: a row's height, where bars begin, the longest bar
MAX_BARS = 24
STEPS = [timedelta(minutes=minutes) for minutes in (5, 10, 15, 30, 60, 120, 240, 480, 1440)]


@dataclass(frozen=True)
class Bar:
    """One bar; x, y, width and height are in the drawing's units, y downwards from its top."""

    label: str
    value: int
    x: int
    y: int
    width: int
    height: int

    @property
    def middle(self) -> int:
        return self.x + self.width // 2

    @property
    def end(self) -> int:
        return self.x + self.width


@dataclass(frozen=True)
class Span:
    """A stretch of the evening and how much happened in it; `begins` is None for all that came before."""

    begins: datetime | None
    count: int


def build_bars(values: Sequence[tuple[str, int]]) -> list[Bar]:
    """Return one bar for each label and value, side by side; the highest has the full height."""
    most = max((value for _label, value in values), default=0) or 1
    step = WIDTH / max(len(values), 1)
    heights = [round(HEIGHT * value / most) for _label, value in values]
    return [
        Bar(label, value, round(place * step), HEIGHT - height, max(1, round(step * 0.8)), height)
        for place, ((label, value), height) in enumerate(zip(values, heights, strict=True))
    ]


def build_horizontal_bars(values: Sequence[tuple[str, int]]) -> list[Bar]:
    """Return one bar for each label and value, one under another; the highest value is the longest."""
    most = max((value for _label, value in values), default=0) or 1
    return [
        Bar(label, value, LABEL_WIDTH, place * ROW_HEIGHT, round(MAX_BAR_LENGTH * value / most), ROW_HEIGHT - 8)
        for place, (label, value) in enumerate(values)
    ]


def count_by_span(moments: Sequence[datetime], *, begins: datetime, ends: datetime) -> list[Span]:
    """Count `moments` in equal stretches from `begins` to `ends`, and in one before them if there are any.

    What came after `ends` counts in the last stretch.
    """
    ends = max(ends, begins + STEPS[0])
    step = next((step for step in STEPS if (ends - begins) / step <= MAX_BARS), STEPS[-1])
    number = min(MAX_BARS, -((begins - ends) // step))
    counts = [0] * number
    before = 0
    for moment in moments:
        if moment < begins:
            before += 1
        else:
            counts[min((moment - begins) // step, number - 1)] += 1
    first = [Span(None, before)] if before else []
    return first + [Span(begins + place * step, count) for place, count in enumerate(counts)]
