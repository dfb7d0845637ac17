from collections import Counter

import pytest
from django.core.cache import cache as django_cache
from django.db import connections

from core import metrics
from operations import live_metrics
from operations.live_metrics import HourOfMetrics, MetricsRecorder

pytestmark = pytest.mark.cache

MINUTE = 60.0
NOW = 1_800_000_000.0
THIS = int(NOW // 60)


def answer(count=1, status=200):
    for _ in range(count):
        metrics.record_response(view="tests", method="GET", status=status, seconds=0.02, queries=3)


def test_a_minute_holds_what_was_added_in_it():
    heart = MetricsRecorder()
    answer(2)
    heart.look(now=NOW)
    answer(status=503)
    heart.look(now=NOW + 10)
    answer(4)
    heart.look(now=NOW + MINUTE)
    first, second = heart.hour.minutes[THIS], heart.hour.minutes[THIS + 1]
    assert (first["requests",], first["errors",], first["view", "tests", "_count"]) == (3, 1, 3)
    assert (second["requests",], second["errors",], second["le", 0.025]) == (4, 0, 4)


def test_a_minute_holds_votes_searches_and_changes():
    heart = MetricsRecorder()
    metrics.votes.inc()
    metrics.searches.labels("found").inc(2)
    metrics.searches.labels("nothing").inc()
    metrics.record_live_update(since=1.0, now=1.3)
    heart.look(now=NOW)
    minute = heart.hour.minutes[THIS]
    assert (minute["votes",], minute["searches",], minute["live", 0.25], minute["live", 0.5]) == (1, 3, 0, 1)


def test_an_hour_forgets_what_is_older():
    heart = MetricsRecorder()
    for minute in range(70):
        heart.look(now=NOW + minute * MINUTE)
    assert sorted(heart.hour.minutes) == list(range(THIS + 10, THIS + 70))


def test_the_hours_of_all_processes_are_one(monkeypatch):
    monkeypatch.setattr(live_metrics.time, "time", lambda: NOW)
    ours, theirs = MetricsRecorder(), MetricsRecorder()
    for heart, count in ((ours, 2), (theirs, 3)):
        heart.base = heart.seen = live_metrics.read_totals()
        answer(count)
        heart.look(now=NOW)
        heart.publish()
    together = ours.of_all()
    assert together.minutes[THIS]["requests",] == 5


def test_the_sockets_of_a_process_that_is_gone_are_not_counted(monkeypatch):
    monkeypatch.setattr(live_metrics.time, "time", lambda: NOW)
    together = HourOfMetrics()
    together.add(HourOfMetrics(at=NOW - 5, sockets=30, minutes={THIS: Counter({("votes",): 1})}))
    together.add(HourOfMetrics(at=NOW - 60, sockets=70, minutes={THIS: Counter({("votes",): 2})}))
    assert (together.sockets, together.minutes[THIS]["votes",]) == (30, 3)


def test_without_a_cache_a_process_shows_its_own_hour(monkeypatch):
    heart = MetricsRecorder()
    answer()
    heart.look(now=NOW)
    monkeypatch.setattr(live_metrics.generations, "is_cache_down", lambda: True)
    heart.publish()
    assert django_cache.get(live_metrics.NAMES_KEY) is None
    assert heart.of_all().minutes[THIS]["requests",] == 1


def test_processes_long_gone_are_forgotten():
    django_cache.set(live_metrics.NAMES_KEY, {"old": NOW - 2 * live_metrics.CACHE_SECONDS, "young": NOW - 60})
    heart = MetricsRecorder()
    heart.look(now=NOW)
    heart.publish()
    assert django_cache.get(live_metrics.NAMES_KEY) == {"young": NOW - 60, heart.name: NOW}


@pytest.mark.django_db
def test_the_pool_is_looked_at_where_there_is_one():
    live_metrics.update_pool_metrics()
    assert live_metrics.sum_samples(metrics.pool_waiting) == 0


def test_looking_makes_no_pool(monkeypatch):
    """A pool made too early keeps the database of that moment, which is not the one of the tests."""
    none_yet: dict[str, object] = {}
    monkeypatch.setattr(type(connections["default"]), "_connection_pools", none_yet, raising=False)
    live_metrics.update_pool_metrics()
    assert none_yet == {}
