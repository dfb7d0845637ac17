"""One bar is one address: a room full of phones gets through, and a script with fresh cookies does not."""

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from django.test import Client

from core import counters
from core.caching.generations import health
from core.caching.local_lru import LocalLRU
from core.exceptions import ActionError
from core.http.statuses import get_status
from core.rate_limits import (
    count_newcomer,
    enforce_address_limit,
    enforce_rate_limit,
    enforce_strict_address_limit,
    enforce_strict_limit,
    is_known,
    remember,
)
from tests.builders import make_entry
from votes.models import Vote

pytestmark = pytest.mark.django_db


def outcome(act, *args, **kwargs) -> int:
    try:
        act(*args, **kwargs)
    except ActionError as refused:
        return get_status(refused)
    return 200


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until a test sets `clock.now`."""
    frozen = SimpleNamespace(now=1_800_000_000.0)
    frozen.time = frozen.monotonic = lambda: frozen.now
    for module in ("core.counters", "core.rate_limits", "core.caching.local_lru", "limits.storage.redis"):
        monkeypatch.setattr(f"{module}.time", frozen)
    return frozen


@pytest.fixture
def away():
    counters.breaker.record_failure()


def test_a_full_bar_votes_and_a_script_behind_it_is_stopped():
    entry = make_entry()
    address = f"/jams/{entry.jam.slug}/songs/{entry.pk}/vote/"
    phones = [Client() for _ in range(300)]
    assert {phone.put(address).status_code for phone in phones} == {200}
    script = [Client().put(address).status_code for _ in range(110)]
    assert (script[:100], set(script[100:])) == ([200] * 100, {429})
    assert [phone.delete(address).status_code for phone in phones[:3]] == [200, 200, 200]
    assert Client(REMOTE_ADDR="198.51.100.7").put(address).status_code == 200
    assert Vote.objects.count() == 398


def test_an_address_has_a_limit_of_its_own_for_each_thing(rf, settings):
    settings.ADDRESS_RATE = "2/h"
    request = rf.get("/")
    answers = [
        outcome(enforce_rate_limit, request, group=group, who=who, rate="9/h")
        for group, who in [("a", "x"), ("a", "y"), ("a", "z"), ("b", "x")]
    ]
    assert answers == [200, 200, 429, 200]


def test_an_address_limit_does_not_stop_browsers_that_are_known(rf, settings):
    settings.ADDRESS_RATE = "2/h"
    request = rf.get("/")
    enforce_rate_limit(request, group="acts", who="known", rate="9/h")
    count_newcomer(request)
    answers = [outcome(enforce_rate_limit, rf.get("/"), group="acts", who=who, rate="9/h") for who in "abc"]
    assert answers == [200, 429, 429]
    assert outcome(enforce_rate_limit, rf.get("/"), group="acts", who="known", rate="9/h") == 200


def test_a_refusal_says_how_long_to_wait(rf):
    enforce_address_limit(rf.get("/"), group="reports", rate="1/m")
    with pytest.raises(ActionError) as refused:
        enforce_address_limit(rf.get("/"), group="reports", rate="1/m")
    assert get_status(refused.value) == 429
    assert refused.value.retry_after is not None
    assert 1 <= refused.value.retry_after <= 60


def test_fifty_at_once_are_counted_exactly(rf):
    with ThreadPoolExecutor(50) as threads:
        acts = threads.map(
            lambda _: outcome(enforce_rate_limit, rf.get("/"), group="acts", who="me", rate="20/h"), range(50)
        )
    assert sorted(acts) == [200] * 20 + [429] * 30


def test_without_counters_votes_pass_and_logins_do_not(rf, away):
    act = {"group": "acts", "who": "me", "rate": "1/h"}
    assert [outcome(enforce_rate_limit, rf.get("/"), **act) for _ in range(2)] == [200, 200]
    assert outcome(enforce_strict_limit, **act) == 503
    assert outcome(enforce_strict_address_limit, rf.get("/"), group="acts", rate="1/h") == 503


def test_counters_that_fail_in_this_moment_do_not_let_anybody_log_in(rf, monkeypatch):
    monkeypatch.setattr(counters, "get_counters", lambda: counters.MemoryCounters(max_keys=0))
    act = {"group": "acts", "who": "me", "rate": "1/h"}
    assert (outcome(enforce_rate_limit, rf.get("/"), **act), outcome(enforce_strict_limit, **act)) == (200, 503)
    assert not counters.breaker.is_down()


def test_the_counters_keep_no_address_and_no_browser(rf, monkeypatch):
    kept, real = [], counters.get_counters().acquire_entry

    def count(key, limit, seconds):
        kept.append(key)
        return real(key, limit, seconds)

    monkeypatch.setattr(counters.get_counters(), "acquire_entry", count)
    request = rf.get("/", REMOTE_ADDR="198.51.100.7")
    enforce_rate_limit(request, group="acts", who="my-browser", rate="9/h")
    count_newcomer(request)
    assert len(set(kept)) == 4
    assert [key for key in kept if "198.51" in key or "my-browser" in key] == []


def test_counters_and_cache_that_are_away_leave_each_other_alone(away):
    """A cache that was full or restarted stopped every login, although the counters are in a Redis of their own."""
    assert not health.is_down()
    counters.breaker.down_until = 0.0
    health.record_failure()
    assert outcome(enforce_strict_limit, group="acts", who="me", rate="1/h") == 200


def test_a_client_is_remembered_from_the_last_time(clock):
    """Somebody who logs in every day was unknown again 30 days after the first time."""
    known = []
    for day, returns in ((0, True), (20, True), (35, False), (49, False), (51, False)):
        clock.now = 1_800_000_000.0 + 86_400 * day
        known.append(is_known("Maria at home", 30 * 86_400))
        if returns:
            remember("Maria at home", 30 * 86_400)
    assert known == [False, True, True, True, False]


@pytest.mark.parametrize("days", [1, 29])
def test_what_is_known_is_forgotten_in_time(clock, monkeypatch, days):
    """A process that asked late kept what it was told for another twelve hours."""
    monkeypatch.setattr("core.rate_limits._known_clients", LocalLRU())
    remember(f"Otto {days}", 30 * 86_400)
    monkeypatch.setattr("core.rate_limits._known_clients", LocalLRU())  # another process
    clock.now += 86_400 * days
    assert is_known(f"Otto {days}", 30 * 86_400)
    clock.now += 86_400 * (30 - days) + 1
    assert not is_known(f"Otto {days}", 30 * 86_400)
