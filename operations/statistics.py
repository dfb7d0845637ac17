"""Turns the last hour of metrics into what the dashboard shows: numbers, line plots and tables."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from operations.live_metrics import MINUTES, HourOfMetrics, MetricCounts

RECENT_MINUTES = 5  # over which current percentiles and rates are calculated
MAX_ROWS = 8
SELECTED_COLUMNS = re.compile(r"SELECT .+? FROM", re.DOTALL)
MAX_NAME_LENGTH = 300


@dataclass(frozen=True)
class SlowItem:
    """A view or SQL statement: how often it ran in the hour, and its mean duration in ms."""

    name: str
    count: int
    mean: float


def list_minutes(hour: HourOfMetrics, now: float) -> list[MetricCounts]:
    """Return the counts of the last 60 minutes, oldest first. `now` is in seconds since 1970."""
    this = int(now // 60)
    return [hour.minutes.get(minute, MetricCounts()) for minute in range(this - MINUTES + 1, this + 1)]


def sum_minutes(minutes: Iterable[MetricCounts]) -> MetricCounts:
    """Return the counts of all these minutes together."""
    return sum(minutes, MetricCounts())


def calculate_percentage(part: float, whole: float) -> float:
    """Return `part` in per cent of `whole`, or 0 when `whole` is 0."""
    return 100 * part / whole if whole else 0.0


def calculate_error_rate(counts: MetricCounts) -> float:
    """Return how many per cent of the requests failed with a status of 500 or above."""
    return calculate_percentage(counts[("errors",)], counts[("requests",)])


def calculate_hit_rate(counts: MetricCounts) -> float:
    """Return how many per cent of the cache reads found a value."""
    hits = counts[("cache", "hit")] + counts[("cache", "local_hit")]
    return calculate_percentage(hits, hits + counts[("cache", "miss")])


def estimate_percentile(counts: MetricCounts, part: float, kind: str = "le") -> float:
    """Return the time, in ms, within which `part` (0 to 1) of the responses were sent.

    It is interpolated linearly between the bounds of the histogram. With `kind="live"` it is about changes that
    reached the sockets instead.
    """
    buckets = sorted((float(key[1]), count) for key, count in counts.items() if key[0] == kind)
    wanted = part * (buckets[-1][1] if buckets else 0)
    lower, below = 0.0, 0.0
    for bound, count in buckets:
        if count >= wanted > 0:
            if bound == float("inf"):
                return 1000 * lower
            return 1000 * (lower + (bound - lower) * (wanted - below) / (count - below))
        lower, below = bound, count
    return 0.0


def rank_slowest(minutes: list[MetricCounts], kind: str) -> list[SlowItem]:
    """Return the slowest by mean duration; `kind` is "view" or "statement"."""
    hour = sum_minutes(minutes)
    names = {key[1] for key in hour if key[0] == kind}
    items = [
        SlowItem(shorten_statement(str(name)), int(count), 1000 * hour[(kind, name, "_sum")] / count)
        for name in names
        if (count := hour[(kind, name, "_count")])
    ]
    return sorted(items, key=lambda item: (-item.mean, item.name))[:MAX_ROWS]


def shorten_statement(name: str) -> str:
    """Return an SQL statement without the columns that it selects; any other name unchanged."""
    return SELECTED_COLUMNS.sub("SELECT … FROM", name, count=1)[:MAX_NAME_LENGTH]
