import pickle
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.cache import caches
from django.db import transaction
from prometheus_client import REGISTRY
from pytest_django import Settings

from core.caching import generations
from core.caching.local_lru import LocalLRU
from core.caching.stats import CacheStats
from tests.servers import PATIENCE

pytestmark = pytest.mark.cache

WHERE: dict[str, Any] = {"depends_on": ("jam:x",), "seconds": 60}


@pytest.fixture(autouse=True)
def _healthy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generations, "health", generations.CacheHealth())
    monkeypatch.setattr(generations, "RETRY_SECONDS", 3600.0)


def test_a_value_is_built_once_until_a_bump() -> None:
    built = iter("abc")
    seen = [generations.get_or_build("key", build=lambda order: next(built), **WHERE) for _ in range(3)]
    generations.invalidate("jam:x")
    assert [*seen, generations.get_or_build("key", build=lambda order: next(built), **WHERE)] == ["a", "a", "a", "b"]


def test_a_bump_of_another_name_forgets_nothing() -> None:
    built = iter("ab")
    generations.get_or_build("key", build=lambda order: next(built), **WHERE)
    generations.invalidate("jam:y")
    assert generations.get_or_build("key", build=lambda order: next(built), **WHERE) == "a"


def test_a_slow_reader_cannot_put_a_stale_value_back() -> None:
    rows = ["old"]

    def slow_build(order: int) -> str:
        read = rows[0]
        rows[0] = "new"  # somebody commits while we render,
        generations.invalidate("jam:x")  # and says so, before our value is stored
        return read

    assert generations.get_or_build("key", build=slow_build, **WHERE) == "old"
    assert generations.get_or_build("key", build=lambda order: rows[0], **WHERE) == "new"


def test_the_order_grows_with_every_bump() -> None:
    orders: list[int] = []

    def build(order: int) -> str:
        orders.append(order)
        return "value"

    for _ in range(3):
        generations.get_or_build("key", build=build, **WHERE)
        generations.invalidate("jam:x")
    assert orders == sorted(set(orders))
    assert len(orders) == 3


def test_the_order_goes_on_above_after_the_cache_was_emptied() -> None:
    generations.invalidate("jam:x")
    before = generations.read_generations("jam:x")
    caches["default"].clear()
    after = generations.read_generations("jam:x")
    assert before is not None
    assert after is not None
    assert after > before


@pytest.fixture
def away(settings: Settings) -> None:
    """A cache at an address where nobody listens, as when Redis is down."""
    place = {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": {**place, "OPTIONS": {"IGNORE_EXCEPTIONS": True}}}


@pytest.mark.usefixtures("away")
def test_without_a_cache_every_value_is_built_and_has_no_order() -> None:
    built = iter("ab")
    orders: list[int] = []

    def build(order: int) -> str:
        orders.append(order)
        return next(built)

    assert [generations.get_or_build("key", build=build, **WHERE) for _ in range(2)] == ["a", "b"]
    assert orders == [0, 0]


@pytest.mark.usefixtures("away")
def test_a_cache_that_is_away_is_told_of_once_and_then_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    counted = REGISTRY.get_sample_value("jamsite_outages_total", {"server": "cache"}) or 0.0
    for _ in range(5):
        generations.get_or_build("key", build=lambda order: "value", **WHERE)
    assert generations.is_cache_down()
    assert REGISTRY.get_sample_value("jamsite_outages_total", {"server": "cache"}) == counted + 1
    assert [record.getMessage() for record in caplog.records] == [
        "The cache is unavailable; pages are built from the database."
    ]


def test_a_bump_that_was_missed_is_made_up_for_when_the_cache_is_back(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = settings.CACHES
    built = iter("ab")
    generations.get_or_build("key", build=lambda order: next(built), **WHERE)
    place = {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": {**place, "OPTIONS": {"IGNORE_EXCEPTIONS": True}}}
    generations.invalidate("jam:x")
    settings.CACHES = here
    monkeypatch.setattr(generations.health, "down_until", 0.0)
    assert generations.read_generations("jam:x") is None  # what it holds may be old: we owe it a bump
    generations.health.retry_missed()
    assert generations.get_or_build("key", build=lambda order: next(built), **WHERE) == "b"


# -- Who reads, and when ----------------------------------------------------------------------------------


def test_a_writer_who_has_not_committed_leaves_nothing_behind(transactional_db: None) -> None:
    with transaction.atomic():
        assert generations.get_or_build("key", build=lambda order: f"mine {order}", **WHERE) == "mine 0"
    assert generations.get_or_build("key", build=lambda order: "everybody's", **WHERE) == "everybody's"


def test_an_uncommitted_writer_is_not_shown_what_was_cached(transactional_db: None) -> None:
    generations.get_or_build("key", build=lambda order: "before", **WHERE)
    with transaction.atomic():
        assert generations.get_or_build("key", build=lambda order: "mine", **WHERE) == "mine"


def test_what_a_slow_reader_stores_replaces_nothing_newer_for_anybody() -> None:
    """The slow one reads, the writer commits, a quick one reads and stores, then the slow one stores."""
    rows = ["old"]

    def slow_build(order: int) -> str:
        read, rows[0] = rows[0], "new"
        generations.invalidate("jam:x")
        assert generations.get_or_build("key", build=lambda order: rows[0], **WHERE) == "new"
        return read

    assert generations.get_or_build("key", build=slow_build, **WHERE) == "old"
    assert generations.get_or_build("key", build=lambda order: rows[0], **WHERE) == "new"


def test_a_commit_between_two_readers_parts_them_even_when_they_overlap() -> None:
    rows, started, go_on = ["old"], threading.Event(), threading.Event()

    def slow_build(order: int) -> str:
        read = rows[0]
        started.set()
        assert go_on.wait(PATIENCE)
        return read

    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(lambda: generations.get_or_build("key", build=slow_build, **WHERE))
        assert started.wait(PATIENCE)
        rows[0] = "new"
        generations.invalidate("jam:x")
        quick = generations.get_or_build("key", build=lambda order: rows[0], **WHERE)
        go_on.set()
        assert (quick, slow.result()) == ("new", "old")
    assert generations.get_or_build("key", build=lambda order: rows[0], **WHERE) == "new"


def test_readers_see_all_that_was_committed_before_they_asked() -> None:
    """Four readers and a writer at once: the number only grows, and each reader asks after some commit."""
    committed = [0]
    stale: list[tuple[int, int]] = []

    def write() -> None:
        for _ in range(200):
            row[0] += 1
            generations.invalidate("jam:x")
            committed[0] = row[0]

    def read() -> None:
        while committed[0] < 200:
            at_least = committed[0]
            value = generations.get_or_build("key", build=lambda order: row[0], **WHERE)
            if value < at_least:
                stale.append((value, at_least))

    row = [0]
    with ThreadPoolExecutor(5) as threads:
        for done in [*[threads.submit(read) for _ in range(4)], threads.submit(write)]:
            done.result()
    assert stale == []


# -- What a process keeps at hand, and what it counts -----------------------------------------------------


def test_a_process_unpacks_a_value_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generations, "_stats", CacheStats())
    generations.get_or_build("key:1", build=lambda order: "value", **WHERE)
    monkeypatch.setattr(generations, "_local_cache", LocalLRU())  # as in another process
    for _ in range(3):
        generations.get_or_build("key:1", build=lambda order: "never", **WHERE)
    figures = generations.read_statistics()["key"]
    assert (figures.misses, figures.hits, figures.local_hits) == (1, 1, 2)


def test_statistics_tell_bumps_and_sizes_by_group(monkeypatch: pytest.MonkeyPatch) -> None:
    def keep(name: str, value: bytes) -> None:
        generations.get_or_build(name, build=lambda order: value, **WHERE)

    monkeypatch.setattr(generations, "_stats", CacheStats())
    generations.invalidate("jam:x", "jam:y", "songs")
    for number, size in enumerate((10, 1000)):
        keep(f"page:{number}", b"x" * size)
    figures = generations.read_statistics()
    assert {group: seen.bumps for group, seen in figures.items()} == {"jam": 2, "page": 0, "songs": 1}
    page, sizes = figures["page"], [len(pickle.dumps(b"x" * size)) for size in (10, 1000)]
    assert (page.misses, page.stored, page.stored_bytes, page.largest_bytes) == (2, 2, sum(sizes), max(sizes))


def test_a_shelf_has_so_many_places() -> None:
    shelf = LocalLRU(max_entries=2)
    for key in ("a", "b"):
        shelf.set(key, (1,), time.time() + 60, key)
    shelf.get("a", (1,))
    shelf.set("c", (1,), time.time() + 60, "c")
    assert [shelf.get(key, (1,)) for key in "abc"] == ["a", None, "c"]


def test_a_shelf_hands_out_nothing_old() -> None:
    shelf = LocalLRU()
    shelf.set("a", (1,), time.time() + 60, "a")
    shelf.set("b", (1,), time.time() - 1, "b")
    assert [shelf.get("a", (2,)), shelf.get("b", (1,))] == [None, None]


def test_addresses_that_nobody_visits_any_more_leave_nothing_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generations, "GENERATION_TTL_SECONDS", 0)
    generations.invalidate("jam:nowhere")
    assert caches["default"].get("generation:jam:nowhere") is None


def test_a_generation_that_ran_out_begins_anew_above(monkeypatch: pytest.MonkeyPatch) -> None:
    before = generations.read_generations("jam:x")
    caches["default"].delete("generation:jam:x")
    assert generations.read_generations("jam:x") > before  # type: ignore[operator]  # None only while the cache is down
