"""The last hour in figures, minute by minute, over all processes: what the dashboard draws.

Every process looks at its own counters (`core.metrics`) every few seconds, keeps what each minute added, and lays
its hour into the cache, where any process finds the hours of all. While the cache is away a process shows its own.
"""

import os
import secrets
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.core.cache import cache as django_cache
from django.db import connection
from prometheus_client.metrics import MetricWrapperBase

from core import metrics
from core.caching import generations

INTERVAL_SECONDS = 5.0
STALE_SECONDS = 3 * INTERVAL_SECONDS  # after which the sockets of a process that is silent are not counted
MINUTES = 60
CACHE_SECONDS = (MINUTES + 2) * 60
NAMES_KEY = "pulse:names"

SIMPLE_COUNTERS = (("votes", metrics.votes), ("messages", metrics.socket_messages), ("searches", metrics.searches))

#: What one minute added, by the kind of figure and its labels: ("requests",), ("le", 0.5), ("view", name, "count").
type MetricCounts = Counter[tuple[object, ...]]


@dataclass
class HourOfMetrics:
    """The last hour of one process, or of several together."""

    at: float = 0.0  # when it was looked at last, in seconds since 1970
    sockets: float = 0.0
    minutes: dict[int, MetricCounts] = field(default_factory=dict)  # by minutes since 1970

    def add(self, other: "HourOfMetrics") -> None:
        """Take in the hour of another process."""
        if other.at > time.time() - STALE_SECONDS:
            self.sockets += other.sockets
        self.at = max(self.at, other.at)
        for minute, figures in other.minutes.items():
            self.minutes[minute] = self.minutes.get(minute, Counter()) + figures


class MetricsRecorder:
    """Looks at the counters of this process; `start` it once the process will not fork any more."""

    def __init__(self) -> None:
        self.name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self.hour = HourOfMetrics()
        self.seen = self.base = read_totals()

    def start(self) -> None:
        threading.Thread(target=self._run, name="pulse", daemon=True).start()

    def _run(self) -> None:
        while True:
            update_pool_metrics()
            self.look(now=time.time())
            self.publish()
            threading.Event().wait(INTERVAL_SECONDS)

    def look(self, *, now: float) -> None:
        """Note what was added to this minute so far, and forget what is older than an hour."""
        minute = int(now // 60)
        if minute not in self.hour.minutes:
            self.base = self.seen
        self.seen = read_totals()
        sockets = sum_samples(metrics.sockets)
        added: MetricCounts = self.seen - self.base
        added[("sockets",)] = sockets
        minutes = {past: figures for past, figures in self.hour.minutes.items() if past > minute - MINUTES}
        self.hour = HourOfMetrics(at=now, sockets=sockets, minutes={**minutes, minute: added})

    def publish(self) -> None:
        """Lay this hour where the others find it."""
        if generations.is_cache_down():
            return
        names = {name: at for name, at in _read_names().items() if at > self.hour.at - CACHE_SECONDS}
        django_cache.set(NAMES_KEY, {**names, self.name: self.hour.at}, CACHE_SECONDS)
        django_cache.set(f"pulse:{self.name}", self.hour, CACHE_SECONDS)

    def of_all(self) -> HourOfMetrics:
        """Return the hour of all processes together; our own alone while the cache is away."""
        together = HourOfMetrics()
        together.add(self.hour)
        others = [f"pulse:{name}" for name in _read_names() if name != self.name]
        for hour in django_cache.get_many(others).values():
            together.add(hour)
        return together


def _read_names() -> dict[str, float]:
    """Return when each process was heard of. Two that write it at once lose a name until the next time."""
    return (None if generations.is_cache_down() else django_cache.get(NAMES_KEY)) or {}


def read_totals() -> MetricCounts:
    """Return what this process has counted since it started."""
    found: MetricCounts = Counter()
    for _name, labels, value in iterate_samples(metrics.requests, "_total"):
        found[("requests",)] += value
        found[("errors",)] += value if labels["status"] >= "500" else 0
    for name, labels, value in iterate_samples(metrics.request_seconds):
        if name == "_bucket":
            found[("le", float(labels["le"]))] += value
        elif name in ("_count", "_sum"):
            found[("view", labels["view"], name)] += value
    for _name, labels, value in iterate_samples(metrics.cache_reads, "_total"):
        found[("cache", labels["result"])] += value
    for _name, labels, value in iterate_samples(metrics.live_seconds, "_bucket"):
        found[("live", float(labels["le"]))] += value
    for figure, metric in SIMPLE_COUNTERS:
        found[(figure,)] = sum_samples(metric)
    for statement, (count, seconds) in list(metrics.slow_statements.items()):
        found[("statement", statement, "_count")], found[("statement", statement, "_sum")] = count, seconds
    return found


def iterate_samples(metric: MetricWrapperBase, *suffixes: str) -> Iterator[tuple[str, dict[str, str], float]]:
    """Yield the samples of a metric: what its name ends in, its labels and its value."""
    for family in metric.collect():
        for sample in family.samples:
            suffix = sample.name.removeprefix(family.name)
            if not suffixes or suffix in suffixes:
                yield suffix, sample.labels, sample.value


def sum_samples(metric: MetricWrapperBase) -> float:
    return sum(value for _, _, value in iterate_samples(metric, "", "_total"))


def update_pool_metrics() -> None:
    """Note how the database connections of this process are used.

    Django's `connection.pool` would make the pool, from whatever the settings say at that moment; this only looks.
    """
    pool = getattr(connection, "_connection_pools", {}).get(connection.alias)
    if pool is None:
        return
    known = pool.get_stats()
    used = known.get("pool_size", 0) - known.get("pool_available", 0)
    metrics.pool_connections.labels("used").set(used)
    metrics.pool_connections.labels("idle").set(known.get("pool_available", 0))
    metrics.pool_waiting.set(known.get("requests_waiting", 0))


metrics_recorder = MetricsRecorder()
