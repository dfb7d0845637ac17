"""From the last hour's figures to what a person looks at: numbers, lines and tables."""

import re
from collections import Counter
from dataclasses import dataclass

from operations.live_metrics import MINUTES, HourOfMetrics, MetricCounts

RECENT_MINUTES = 5  # minutes that percentiles and shares look at
MAX_ROWS = 8
SELECTED_COLUMNS = re.compile(r"SELECT .+? FROM", re.DOTALL)
MAX_NAME_LENGTH = 300
WIDTH, HEIGHT = 300, 60  # of a plot, in its own units


@dataclass(frozen=True)
class LinePlot:
    """A line of one value a minute; `line` is made of points for an SVG polyline."""

    values: list[float]

    @property
    def top(self) -> float:
        return max(self.values, default=0)

    @property
    def line(self) -> str:
        step, top = WIDTH / max(1, len(self.values) - 1), self.top or 1
        return " ".join(
            f"{place * step:.1f},{HEIGHT - value / top * (HEIGHT - 4) - 2:.1f}"
            for place, value in enumerate(self.values)
        )


@dataclass(frozen=True)
class SlowItem:
    """Something that took long: how often in the hour, and how long on average, in ms."""

    name: str
    count: int
    mean: float


def list_minutes(hour: HourOfMetrics, now: float) -> list[MetricCounts]:
    """Return the figures of the last hour, the oldest minute first, the present one last."""
    this = int(now // 60)
    return [hour.minutes.get(minute, Counter()) for minute in range(this - MINUTES + 1, this + 1)]


def sum_minutes(minutes: list[MetricCounts]) -> MetricCounts:
    """Return what these minutes added, all together."""
    found: MetricCounts = Counter()
    for figures in minutes:
        found.update(figures)
    return found


def calculate_percentage(part: float, whole: float) -> float:
    """Return how many per cent of `whole` is `part`; 0 of nothing."""
    return 100 * part / whole if whole else 0.0


def calculate_error_rate(figures: MetricCounts) -> float:
    return calculate_percentage(figures[("errors",)], figures[("requests",)])


def calculate_hit_rate(figures: MetricCounts) -> float:
    hits = figures[("cache", "hit")] + figures[("cache", "local_hit")]
    return calculate_percentage(hits, hits + figures[("cache", "miss")])


def estimate_percentile(figures: MetricCounts, part: float, kind: str = "le") -> float:
    """Return the time, in ms, within which `part` of the requests were answered; between two bounds a straight line.

    The kind "live" is of changes that reached the sockets instead.
    """
    bounds = sorted((key[1], count) for key, count in figures.items() if key[0] == kind)
    wanted = part * (bounds[-1][1] if bounds else 0)
    below, under = 0.0, 0.0
    for bound, count in bounds:
        if count >= wanted > 0:
            if bound == float("inf"):
                return 1000 * below
            return 1000 * (below + (bound - below) * (wanted - under) / (count - under))
        below, under = bound, count
    return 0.0


def rank_slowest(minutes: list[MetricCounts], kind: str) -> list[SlowItem]:
    """Return the views, or the statements, that took longest on average."""
    hour = sum_minutes(minutes)
    names = {key[1] for key in hour if key[0] == kind}
    found = [
        SlowItem(shorten_statement(str(name)), int(count), 1000 * hour[(kind, name, "_sum")] / count)
        for name in names
        if (count := hour[(kind, name, "_count")])
    ]
    return sorted(found, key=lambda slow: (-slow.mean, slow.name))[:MAX_ROWS]


def shorten_statement(name: str) -> str:
    """Return a statement without the columns that it selects; any other name as it is."""
    return SELECTED_COLUMNS.sub("SELECT … FROM", name, count=1)[:MAX_NAME_LENGTH]
