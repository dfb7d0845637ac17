"""No window lets more through than its limit, wherever it begins, and nothing pushes a count out."""

from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from limits.storage import RedisStorage

from core.caching.generations import health
from core.counters import CountersFullError, MemoryCounters, Rate, breaker, count_attempt, get_wait, restart_window
from tests.builders import make_entry

pytestmark = pytest.mark.cache
START = 1_800_000_000.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A clock that stands still until a test sets `clock.now`."""
    frozen = SimpleNamespace(now=START)
    frozen.time = frozen.monotonic = lambda: frozen.now
    for module in ("core.counters", "limits.storage.redis"):
        monkeypatch.setattr(f"{module}.time", frozen)
    return frozen


@pytest.mark.django_db
def test_no_edge_of_a_window_doubles_the_votes_of_an_address(clock: SimpleNamespace) -> None:
    """With fixed windows one address cast 800 votes in 16 s, half on either side of the edge."""
    entry = make_entry()
    address = f"/jams/{entry.jam.slug}/songs/{entry.pk}/vote/"
    answers = []
    for second in range(0, 600, 30):  # wherever an edge may lie: 60 new phones each half minute
        clock.now = START + second
        answers += [Client().put(address).status_code for _ in range(60)]
    assert answers.count(200) == 400
    clock.now = START + 601  # the first 60 are ten minutes old
    assert [Client().put(address).status_code for _ in range(61)] == [200] * 60 + [429]


@given(
    limit=st.integers(1, 6),
    pauses=st.lists(st.sampled_from([0, 0, 0.001, 1, 9, 9.999, 10, 10.001, 25]), min_size=1, max_size=60),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_a_window_holds_the_limit_and_no_more(clock: SimpleNamespace, limit: int, pauses: list[float]) -> None:
    key, rate = str(uuid4()), Rate(limit, 10)
    passed: list[float] = []
    for pause in pauses:
        clock.now += pause
        wait = count_attempt(key, rate)
        assert wait is not None
        is_full = len([moment for moment in passed if clock.now - moment < 10]) >= limit
        if wait == 0:
            assert not is_full
            passed.append(clock.now)
        else:  # refused only while the window is full, or its oldest attempt is just ten seconds old
            assert len([moment for moment in passed if clock.now - moment <= 10]) >= limit
            assert 1 <= wait <= 10


def test_what_is_refused_is_not_counted(clock: SimpleNamespace) -> None:
    """Somebody who keeps knocking is let in as soon as somebody who waits."""
    rate = Rate(2, 10)
    assert [count_attempt("knock", rate) for _ in range(5)] == [0, 0, 10, 10, 10]
    clock.now += 10.5
    assert (get_wait("knock", rate), count_attempt("knock", rate)) == (0, 0)


def test_pages_push_no_count_out() -> None:
    """50,000 cached pages pushed the count of a locked login out of the memory that they shared."""
    rate = Rate(1, 900)
    count_attempt("login", rate)
    cache.set_many({f"page-{number}": 1 for number in range(51_000)}, 60)
    assert (count_attempt("login", rate) or 0) > 1


def test_full_counters_drop_nobodys_count(clock: SimpleNamespace) -> None:
    counters = MemoryCounters(max_keys=3)
    for key in "abc":
        assert counters.acquire_entry(key, 1, 60)
    with pytest.raises(CountersFullError):
        counters.acquire_entry("d", 1, 60)
    assert [counters.acquire_entry(key, 1, 60) for key in "abc"] == [False] * 3
    clock.now += 61
    assert counters.acquire_entry("d", 1, 60)
    assert counters.get_moving_window("a", 1, 60)[1] == 0


def test_a_redis_that_is_away_is_left_alone_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    away = RedisStorage("redis://127.0.0.1:1/0", wrap_exceptions=True)
    monkeypatch.setattr("core.counters.get_counters", lambda: away)
    for ask in (count_attempt, get_wait, restart_window):
        assert (ask("a", Rate(1, 60)), breaker.is_down(), health.is_down()) == (None, True, False)
        breaker.down_until = 0.0


@pytest.mark.django_db
@pytest.mark.parametrize(("bits", "home", "budget"), [(64, 0, 3), (56, 1, 12), (48, 256, 48)])
def test_a_home_with_many_ipv6_networks_has_a_bounded_budget(bits: int, home: int, budget: int, settings) -> None:
    """Each /64 had a budget of its own, and a home has 256 or 65,536 of them."""
    settings.NEWCOMER_RATE = "3/10m"
    entry = make_entry()
    address = f"/jams/{entry.jam.slug}/songs/{entry.pk}/vote/"
    networks = [f"2001:db8:0:{number * home:x}::{number + 1:x}" for number in range(60)]
    answers = [Client(REMOTE_ADDR=network).put(address).status_code for network in networks]
    assert (answers.count(200), set(answers[budget:])) == (budget, {429})
    assert Client(REMOTE_ADDR="2001:db8:1::1").put(address).status_code == 200
