"""The metrics of the last hour, minute by minute and over all processes, which the dashboard draws.

Every process reads its own counters (`core.metrics`) every few seconds, keeps what each minute added, and stores its
hour in the cache, where every other process finds it. While the cache is unreachable a process shows only its own hour.
"""

import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.core.cache import cache as django_cache
from django.db import connection
from prometheus_client.metrics import MetricWrapperBase

from core import metrics
from core.caching import generations

INTERVAL_SECONDS = 5.0
STALE_SECONDS = 3 * INTERVAL_SECONDS  # the sockets of a process that has not published for so long are not counted
MINUTES = 60
CACHE_SECONDS = (MINUTES + 2) * 60
NAMES_KEY = "pulse:names"

SIMPLE_COUNTERS = (("votes", metrics.votes), ("messages", metrics.socket_messages), ("searches", metrics.searches))

#: The kind of a metric and its labels: ("requests",), ("le", 0.5), ("view", name, "_count").
type MetricKey = tuple[str | float, ...]


class MetricCounts(dict[MetricKey, float]):
    """What was counted in some time; a key that is missing counts 0."""

    def __missing__(self, key: MetricKey) -> float:
        return 0.0

    def __add__(self, other: "MetricCounts") -> "MetricCounts":
        return MetricCounts({key: self[key] + other[key] for key in self.keys() | other.keys()})

    def __sub__(self, other: "MetricCounts") -> "MetricCounts":
        """Return what was added since `other` was counted."""
        return MetricCounts({key: value - other[key] for key, value in self.items() if value > other[key]})


@dataclass
class HourOfMetrics:
    """The last hour of one process, or of several together."""

    at: float = 0.0  # when it was last updated, in seconds since 1970
    sockets: float = 0.0  # open now
    minutes: dict[int, MetricCounts] = field(default_factory=dict)  # by minutes since 1970

    def add(self, other: "HourOfMetrics") -> None:
        """Add the hour of another process to this one."""
        if other.at > time.time() - STALE_SECONDS:
            self.sockets += other.sockets
        self.at = max(self.at, other.at)
        for minute, counts in other.minutes.items():
            self.minutes[minute] = self.minutes.get(minute, MetricCounts()) + counts


class MetricsRecorder:
    """Reads the counters of this process regularly. `start` it once the process will not fork any more."""

    def __init__(self) -> None:
        self.name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self.hour = HourOfMetrics()
        self.last = self.minute_start = read_totals()

    def start(self) -> None:
        """Start the thread that records and publishes."""
        threading.Thread(target=self._run, name="pulse", daemon=True).start()

    def _run(self) -> None:
        while True:
            update_pool_metrics()
            self.record(now=time.time())
            self.publish()
            threading.Event().wait(INTERVAL_SECONDS)

    def record(self, *, now: float) -> None:
        """Update the present minute, and drop minutes older than an hour. `now` is in seconds since 1970."""
        minute = int(now // 60)
        if minute not in self.hour.minutes:
            self.minute_start = self.last
        self.last = read_totals()
        sockets = sum_samples(metrics.sockets)
        added = self.last - self.minute_start
        added[("sockets",)] = sockets
        minutes = {past: counts for past, counts in self.hour.minutes.items() if past > minute - MINUTES}
        self.hour = HourOfMetrics(at=now, sockets=sockets, minutes={**minutes, minute: added})

    def publish(self) -> None:
        """Store the hour of this process in the cache."""
        if generations.is_cache_down():
            return
        names = {name: at for name, at in _read_names().items() if at > self.hour.at - CACHE_SECONDS}
        django_cache.set(NAMES_KEY, {**names, self.name: self.hour.at}, CACHE_SECONDS)
        django_cache.set(f"pulse:{self.name}", self.hour, CACHE_SECONDS)

    def read_all(self) -> HourOfMetrics:
        """Return the hour of all processes together; only our own while the cache is unreachable."""
        total = HourOfMetrics()
        total.add(self.hour)
        others = [f"pulse:{name}" for name in _read_names() if name != self.name]
        for hour in django_cache.get_many(others).values():
            total.add(hour)
        return total


def _read_names() -> dict[str, float]:
    """Return when each process last published.

    A name is lost when two processes write at once; its process adds it again the next time.
    """
    return (None if generations.is_cache_down() else django_cache.get(NAMES_KEY)) or {}


def read_totals() -> MetricCounts:
    """Return what this process has counted since it started."""
    totals = MetricCounts()
    for _name, labels, value in iterate_samples(metrics.requests, "_total"):
        totals[("requests",)] += value
        totals[("errors",)] += value if labels["status"] >= "500" else 0
    for name, labels, value in iterate_samples(metrics.request_seconds):
        if name == "_bucket":
            totals[("le", float(labels["le"]))] += value
        elif name in ("_count", "_sum"):
            totals[("view", labels["view"], name)] += value
    for _name, labels, value in iterate_samples(metrics.cache_reads, "_total"):
        totals[("cache", labels["result"])] += value
    for _name, labels, value in iterate_samples(metrics.live_seconds, "_bucket"):
        totals[("live", float(labels["le"]))] += value
    for key, metric in SIMPLE_COUNTERS:
        totals[(key,)] = sum_samples(metric)
    for statement, (count, seconds) in list(metrics.slow_statements.items()):
        totals[("statement", statement, "_count")], totals[("statement", statement, "_sum")] = count, seconds
    return totals


def iterate_samples(metric: MetricWrapperBase, *suffixes: str) -> Iterator[tuple[str, dict[str, str], float]]:
    """Yield the samples of a metric whose names end in one of `suffixes`, or all: suffix, labels and value."""
    for family in metric.collect():
        for sample in family.samples:
            suffix = sample.name.removeprefix(family.name)
            if not suffixes or suffix in suffixes:
                yield suffix, sample.labels, sample.value


def sum_samples(metric: MetricWrapperBase) -> float:
    """Return the value of a metric over all its labels."""
    return sum(value for _suffix, _labels, value in iterate_samples(metric, "", "_total"))


def update_pool_metrics() -> None:
    """Update the gauges of this process's database connection pool, if there is one.

    Reading Django's `connection.pool` would create a pool from the settings of that moment, so this does not read it.
    """
    pool = getattr(connection, "_connection_pools", {}).get(connection.alias)
    if pool is None:
        return
    stats = pool.get_stats()
    idle = stats.get("pool_available", 0)
    metrics.pool_connections.labels("used").set(stats.get("pool_size", 0) - idle)
    metrics.pool_connections.labels("idle").set(idle)
    metrics.pool_waiting.set(stats.get("requests_waiting", 0))


metrics_recorder = MetricsRecorder()
