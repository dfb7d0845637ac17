import time

import pytest
from django.core.cache import cache as django_cache
from django.db import connections

from core import metrics
from core.caching import generations
from operations import live_metrics
from operations.live_metrics import HourOfMetrics, MetricCounts, MetricsRecorder

pytestmark = pytest.mark.cache

MINUTE = 60.0
NOW = 1_800_000_000.0
THIS = int(NOW // 60)


def record_responses(count=1, status=200):
    for _ in range(count):
        metrics.record_response(view="tests", method="GET", status=status, seconds=0.02, queries=3)


def test_record_keeps_what_each_minute_added():
    recorder = MetricsRecorder()
    record_responses(2)
    recorder.record(now=NOW)
    record_responses(status=503)
    recorder.record(now=NOW + 10)
    record_responses(4)
    recorder.record(now=NOW + MINUTE)
    first, second = recorder.hour.minutes[THIS], recorder.hour.minutes[THIS + 1]
    assert (first["requests",], first["errors",], first["view", "tests", "_count"]) == (3, 1, 3)
    assert (second["requests",], second["errors",], second["le", 0.025]) == (4, 0, 4)


def test_record_counts_votes_searches_and_live_updates():
    recorder = MetricsRecorder()
    metrics.votes.inc()
    metrics.searches.labels("found").inc(2)
    metrics.searches.labels("nothing").inc()
    metrics.record_live_update(since=1.0, now=1.3)
    recorder.record(now=NOW)
    minute = recorder.hour.minutes[THIS]
    assert (minute["votes",], minute["searches",], minute["live", 0.25], minute["live", 0.5]) == (1, 3, 0, 1)


def test_record_drops_minutes_older_than_an_hour():
    recorder = MetricsRecorder()
    for minute in range(70):
        recorder.record(now=NOW + minute * MINUTE)
    assert sorted(recorder.hour.minutes) == list(range(THIS + 10, THIS + 70))


def test_read_all_adds_up_all_processes(monkeypatch):
    monkeypatch.setattr(time, "time", lambda: NOW)
    ours, theirs = MetricsRecorder(), MetricsRecorder()
    for recorder, count in ((ours, 2), (theirs, 3)):
        recorder.minute_start = recorder.last = live_metrics.read_totals()
        record_responses(count)
        recorder.record(now=NOW)
        recorder.publish()
    total = ours.read_all()
    assert total.minutes[THIS]["requests",] == 5


def test_add_ignores_the_sockets_of_a_stale_process(monkeypatch):
    monkeypatch.setattr(time, "time", lambda: NOW)
    total = HourOfMetrics()
    total.add(HourOfMetrics(at=NOW - 5, sockets=30, minutes={THIS: MetricCounts({("votes",): 1})}))
    total.add(HourOfMetrics(at=NOW - 60, sockets=70, minutes={THIS: MetricCounts({("votes",): 2})}))
    assert (total.sockets, total.minutes[THIS]["votes",]) == (30, 3)


def test_read_all_without_cache_returns_our_own_hour(monkeypatch):
    recorder = MetricsRecorder()
    record_responses()
    recorder.record(now=NOW)
    monkeypatch.setattr(generations, "is_cache_down", lambda: True)
    recorder.publish()
    assert django_cache.get(live_metrics.NAMES_KEY) is None
    assert recorder.read_all().minutes[THIS]["requests",] == 1


def test_publish_drops_processes_that_are_long_gone():
    django_cache.set(live_metrics.NAMES_KEY, {"old": NOW - 2 * live_metrics.CACHE_SECONDS, "young": NOW - 60})
    recorder = MetricsRecorder()
    recorder.record(now=NOW)
    recorder.publish()
    assert django_cache.get(live_metrics.NAMES_KEY) == {"young": NOW - 60, recorder.name: NOW}


@pytest.mark.django_db
def test_update_pool_metrics_reads_an_existing_pool():
    live_metrics.update_pool_metrics()
    assert live_metrics.sum_samples(metrics.pool_waiting) == 0


def test_update_pool_metrics_creates_no_pool(monkeypatch):
    """A pool created too early would keep connections to the real database, not the test database."""
    pools: dict[str, object] = {}
    monkeypatch.setattr(type(connections["default"]), "_connection_pools", pools, raising=False)
    live_metrics.update_pool_metrics()
    assert pools == {}
