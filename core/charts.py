"""The geometry of SVG charts, which templates draw. Pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WIDTH, HEIGHT = 640, 200  # of a chart with upright bars, in units of the SVG
ROW_HEIGHT, LABEL_WIDTH, MAX_BAR_LENGTH = 36, 220, 360  # of a chart with horizontal bars
LINE_WIDTH, LINE_HEIGHT = 300, 60  # of a line without axes
MAX_BARS = 24
STEPS = [timedelta(minutes=minutes) for minutes in (5, 10, 15, 30, 60, 120, 240, 480, 1440)]


@dataclass(frozen=True)
class Bar:
    """One bar; x, y, width and height are in the drawing's units, y counts downwards from the top."""

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
    """A span of time and how many events it holds; `begins` is None for everything before the first span."""

    begins: datetime | None
    count: int


@dataclass(frozen=True)
class LinePlot:
    """A line through one value per step, such as a minute, from left to right."""

    values: list[float]

    @property
    def top(self) -> float:
        """The highest value."""
        return max(self.values, default=0)

    @property
    def line(self) -> str:
        """The points of an SVG polyline."""
        step, top = LINE_WIDTH / max(1, len(self.values) - 1), self.top or 1
        return " ".join(
            f"{place * step:.1f},{LINE_HEIGHT - value / top * (LINE_HEIGHT - 4) - 2:.1f}"
            for place, value in enumerate(self.values)
        )


def build_bars(values: Sequence[tuple[str, int]]) -> list[Bar]:
    """Return one upright bar for each label and value, side by side; the highest value has the full height."""
    highest = max((value for _label, value in values), default=0) or 1
    step = WIDTH / max(len(values), 1)
    heights = [round(HEIGHT * value / highest) for _label, value in values]
    return [
        Bar(label, value, round(index * step), HEIGHT - height, max(1, round(step * 0.8)), height)
        for index, ((label, value), height) in enumerate(zip(values, heights, strict=True))
    ]


def build_horizontal_bars(values: Sequence[tuple[str, int]]) -> list[Bar]:
    """Return one horizontal bar for each label and value, one below the other; the highest value is the longest."""
    highest = max((value for _label, value in values), default=0) or 1
    return [
        Bar(label, value, LABEL_WIDTH, index * ROW_HEIGHT, round(MAX_BAR_LENGTH * value / highest), ROW_HEIGHT - 8)
        for index, (label, value) in enumerate(values)
    ]


def count_by_span(moments: Sequence[datetime], *, begins: datetime, ends: datetime) -> list[Span]:
    """Count `moments` in at most MAX_BARS equal spans from `begins` to `ends`.

    A span before these is added if any moment is earlier. Moments after `ends` count in the last span.
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
    return first + [Span(begins + index * step, count) for index, count in enumerate(counts)]
