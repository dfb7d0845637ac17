"""Cache values by generation: each value carries the generations of its dependencies, and every write bumps them.

No cached value is ever searched for and deleted. A reader takes the generations *before* it reads the database, so a
slow reader can only store an old value under old generations, and nobody accepts it under the new ones.

Cache stampedes are prevented at two levels: single flight within a process, a short lock in the cache between
processes. A circuit breaker bypasses a cache that fails.
"""

import pickle
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from django.core.cache import cache
from django.db import connection

from core.caching.local_lru import LocalLRU
from core.caching.release import compute_fingerprint
from core.caching.single_flight import SingleFlight
from core.caching.stats import CacheStats, GroupStats
from core.circuit_breaker import CircuitBreaker
from core.stable_names import GENERATION_PREFIX
from core.thread_slots import thread_slots

RETRY_SECONDS = 1.0  # between two attempts to make up for missed invalidations
GENERATION_TTL_SECONDS = 86_400  # a generation that expired starts again, higher: unused names do not pile up
BUILD_LOCK_SECONDS = 5  # how long one process may keep the others from building the same value
POLL_SECONDS = 0.02  # how often a process that waits looks for the value
MAX_POLLS = 50


class CacheHealth(CircuitBreaker):
    """The circuit breaker of the cache, and the invalidations that it missed while it was down."""

    def __init__(self) -> None:
        super().__init__("cache", "The cache is unavailable; pages are built from the database.")
        self.lock = threading.Lock()
        self.missed: set[str] = set()

    def add_missed(self, names: set[str]) -> None:
        """Invalidate `names` once the cache answers again, so that it does not come back with old values."""
        with self.lock:
            is_first = not self.missed
            self.missed |= names
        if is_first:
            self._schedule_retry()

    def retry_missed(self) -> None:
        """Try the missed invalidations again; those that fail are tried again later."""
        with self.lock:
            names = set(self.missed)
        succeeded = {name for name in names if _increment_generation(name)}
        with self.lock:
            self.missed -= succeeded
            is_any_left = bool(self.missed)
        if is_any_left:
            self._schedule_retry()

    def _schedule_retry(self) -> None:
        timer = threading.Timer(RETRY_SECONDS, self.retry_missed)
        timer.daemon = True
        timer.start()


health = CacheHealth()
_single_flight = SingleFlight()
_local_cache = LocalLRU()
_stats = CacheStats()
_pause = threading.Event()  # is never set; tests replace it


def is_cache_down() -> bool:
    """Return whether the cache failed a moment ago and is bypassed."""
    return health.is_down()


def is_in_transaction() -> bool:
    """Return whether this thread may see uncommitted rows. A test case's own transaction does not count."""
    return any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks)


def invalidate(*names: str) -> None:
    """Make every value that depends on one of `names` out of date. Call it after the commit."""
    for name in names:
        _stats.count(name, "bumps")
    missed = {name for name in names if health.is_down() or not _increment_generation(name)}
    if missed:
        health.add_missed(missed)


def read_generations(*names: str) -> tuple[int, ...] | None:
    """Return the current generation of each name, or None while the cache is down or has missed one of them."""
    if not may_be_read(names):
        return None
    # A copy: django-redis returns one shared {} when it fails.
    found = dict(cache.get_many([make_generation_key(name) for name in names]))
    for key in map(make_generation_key, names):
        if key not in found:
            if cache.add(key, _initial_generation(), timeout=GENERATION_TTL_SECONDS) is None:
                health.record_failure()
                return None
            found[key] = cache.get(key)
    if None in found.values():
        return None
    return tuple(found[make_generation_key(name)] for name in names)


def get_or_build[T](key: str, *, depends_on: tuple[str, ...], seconds: int, build: Callable[[int], T]) -> T:
    """Return the cached value of `key`, or what `build` returns.

    The value is cached for `seconds`, or until a name in `depends_on` is invalidated. `build` gets an order: a value
    built with a higher order never saw an older state of the database. The order is 0 when nothing is known, because
    the cache is down. All threads share the value: do not change it.
    """
    current = None if is_in_transaction() else read_generations(*depends_on)
    if current is None:
        _stats.count(key, "misses")
        return build(0)
    return get_or_build_under(key, current, seconds=seconds, build=partial(build, sum(current)))


def get_or_build_under[T](key: str, current: tuple[int, ...], *, seconds: float, build: Callable[[], T]) -> T:
    """Do as `get_or_build` does, with generations that were read already. Concurrent misses share one `build`."""
    found = _local_cache.get(key, current)
    if found is not None:
        _stats.count(key, "local_hits")
        return found  # type: ignore[no-any-return]  # the local cache holds values of every type
    return _single_flight.run(f"{key}@{current}", lambda: _load_or_build(key, current, seconds, build))


def make_generation_key(name: str) -> str:
    """Return the key of a generation in Django's cache."""
    return GENERATION_PREFIX + name


def may_be_read(names: tuple[str, ...]) -> bool:
    """Whether the cache is there and has missed no invalidation of these names."""
    return not health.is_down() and health.missed.isdisjoint(names)


def count_local_hit(key: str) -> None:
    """Count a value that this process kept in a place of its own."""
    _stats.count(key, "local_hits")


def read_statistics() -> dict[str, GroupStats]:
    """Return the statistics of each group of keys in this process since it started."""
    return _stats.snapshot()


def _value_key(key: str) -> str:
    """Return the cache's key for a value. Releases do not share values, whose shape may have changed."""
    return f"{key}@{compute_fingerprint()}"


def _initial_generation() -> int:
    """Return the time in units of 10 µs: above every generation from before a restart of the cache."""
    return time.time_ns() // 10_000


def _increment_generation(name: str) -> bool:
    """Raise a generation by one; return False, and trip the circuit breaker, if the cache does not answer."""
    key = make_generation_key(name)
    try:
        has_answered = cache.incr(key) is not None
    except ValueError:  # the cache does not hold it
        added = cache.add(key, _initial_generation(), timeout=GENERATION_TTL_SECONDS)
        has_answered = added or (added is False and cache.incr(key) is not None)  # another process was first
    if not has_answered:
        health.record_failure()
    return has_answered


def _load_or_build[T](key: str, current: tuple[int, ...], seconds: float, build: Callable[[], T]) -> T:
    value = _unpack_if_current(key, current, cache.get(_value_key(key)))
    if value is None:
        value = _build_under_lock(key, current, seconds, build)
    return value  # type: ignore[no-any-return]  # the cache holds values of every type


def _unpack_if_current(key: str, current: tuple[int, ...], stored: Any) -> Any:
    """Return the value in `stored`, written by `_store_value`, if it has these generations; else None."""
    if stored is None or stored[0] != current or stored[1] <= time.time():
        return None
    _stats.count(key, "hits")
    value = pickle.loads(stored[2])  # noqa: S301  (written by ourselves; the cache's own values are pickled as well)
    _local_cache.set(key, current, stored[1], value)
    return value


def _store_value(key: str, current: tuple[int, ...], seconds: float, value: Any) -> None:
    expires_at, packed = time.time() + seconds, pickle.dumps(value)
    _stats.record_stored(key, len(packed))
    _local_cache.set(key, current, expires_at, value)
    cache.set(_value_key(key), (current, expires_at, packed), seconds)


def _build_under_lock[T](key: str, current: tuple[int, ...], seconds: float, build: Callable[[], T]) -> T:
    """Build and store a value. If another process builds it already, wait for that one, but not for long."""
    lock_key = f"{_value_key(key)}@{'.'.join(map(str, current))}"
    is_locked_by_us = cache.add(lock_key, 1, BUILD_LOCK_SECONDS)
    if is_locked_by_us is None:  # the cache went down a moment ago
        health.record_failure()
        return _count_and_build(key, build)
    if not is_locked_by_us and (value := _wait_for_other_process(key, current, lock_key)) is not None:
        return value  # type: ignore[no-any-return]  # the cache holds values of every type
    try:
        value = _count_and_build(key, build)
        _store_value(key, current, seconds, value)
    finally:
        if cache.delete(lock_key) is None:
            health.record_failure()
    return value


def _count_and_build[T](key: str, build: Callable[[], T]) -> T:
    _stats.count(key, "misses")
    return build()


def _wait_for_other_process(key: str, current: tuple[int, ...], lock_key: str) -> Any:
    """Return the value that another process builds; None if that one gives up or takes too long."""
    value_key = _value_key(key)
    for _ in range(MAX_POLLS):
        with thread_slots.lend():
            _pause.wait(POLL_SECONDS)
        found = cache.get_many([value_key, lock_key])
        if (value := _unpack_if_current(key, current, found.get(value_key))) is not None or lock_key not in found:
            return value
    return None
