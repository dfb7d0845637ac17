"""Cache by generation: a value carries the generations of what it depends on, and a write bumps them.

Nothing is ever hunted down and deleted. A reader takes the generations *before* it reads the database, so a
slow one can only store an old value under old generations, with which nobody accepts it any more.
"""

import logging
import pickle
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from django.core.cache import cache
from django.db import connection

from core.caching.local_lru import LocalLRU
from core.caching.release import fingerprint
from core.caching.single_flight import SingleFlight
from core.caching.stats import CacheStats, GroupStats
from core.stable_names import GENERATION_PREFIX

logger = logging.getLogger(__name__)

COOLDOWN_SECONDS = 5.0  # how long a cache that failed is left alone, so that a frozen one costs one timeout, not many
RETRY_SECONDS = 1.0  # how often it is tried whether an owed bump can be paid
LOG_INTERVAL_SECONDS = 60.0  # how often at most its absence is logged
GENERATION_TTL_SECONDS = (
    86_400  # then it begins anew, higher: addresses that nobody visits any more leave nothing behind
)
BUILD_LOCK_SECONDS = 5  # how long a process may announce that it is building a value
POLL_SECONDS = 0.02  # between two looks whether it is done
MAX_POLLS = 50


class CacheHealth:
    """Whether the cache answers, and the bumps that it still has to be told of."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.down_until = 0.0
        self.logged_at = -LOG_INTERVAL_SECONDS
        self.missed: set[str] = set()

    def is_down(self) -> bool:
        return time.monotonic() < self.down_until

    def record_failure(self) -> None:
        now = time.monotonic()
        self.down_until = now + COOLDOWN_SECONDS
        if now - self.logged_at >= LOG_INTERVAL_SECONDS:
            self.logged_at = now
            logger.warning("The cache is unavailable; pages are built from the database.")

    def add_missed(self, names: set[str]) -> None:
        """Bump `names` as soon as the cache answers again, lest it comes back with old values as current."""
        with self.lock:
            alone = not self.missed
            self.missed |= names
        if alone:
            self._schedule_retry()

    def _schedule_retry(self) -> None:
        timer = threading.Timer(RETRY_SECONDS, self.retry_missed)
        timer.daemon = True
        timer.start()

    def retry_missed(self) -> None:
        with self.lock:
            names = set(self.missed)
        paid = {name for name in names if _increment_generation(name)}
        with self.lock:
            self.missed -= paid
            left = bool(self.missed)
        if left:
            self._schedule_retry()


health = CacheHealth()
_single_flight = SingleFlight()
_local_cache = LocalLRU()
_stats = CacheStats()
_pause = threading.Event()  # never set


def is_cache_down() -> bool:
    """Whether the cache failed a moment ago and is being left alone."""
    return health.is_down()


def _generation_key(name: str) -> str:
    return GENERATION_PREFIX + name


def _initial_generation() -> int:
    """A number above every one given before a restart of the cache: time, in 10 µs, outruns bumps."""
    return time.time_ns() // 10_000


def _increment_generation(name: str) -> bool:
    """Raise a generation by one; False, and the cache is left alone for a while, when it does not answer."""
    try:
        answered = cache.incr(_generation_key(name)) is not None
    except ValueError:  # there is none yet
        added = cache.add(_generation_key(name), _initial_generation(), timeout=GENERATION_TTL_SECONDS)
        answered = added or (
            added is False and cache.incr(_generation_key(name)) is not None
        )  # somebody else was first
    if not answered:
        health.record_failure()
    return answered


def invalidate(*names: str) -> None:
    """Make every value that depends on one of `names` a thing of the past. Call it after the commit."""
    for name in names:
        _stats.count(name, "bumps")
    missed = {name for name in names if health.is_down() or not _increment_generation(name)}
    if missed:
        health.add_missed(missed)


def read_generations(*names: str) -> tuple[int, ...] | None:
    """Return the current generation of each name, or None when the cache is away or owes us a bump."""
    if health.is_down() or not health.missed.isdisjoint(names):
        return None
    found = dict(
        cache.get_many([_generation_key(name) for name in names])
    )  # django-redis hands out one shared {} when it fails
    for name in names:
        if _generation_key(name) not in found:
            if cache.add(_generation_key(name), _initial_generation(), timeout=GENERATION_TTL_SECONDS) is None:
                health.record_failure()
                return None
            found[_generation_key(name)] = cache.get(_generation_key(name))
    if None in found.values():
        return None
    return tuple(found[_generation_key(name)] for name in names)


def get_or_build[T](key: str, *, depends_on: tuple[str, ...], seconds: int, build: Callable[[int], T]) -> T:
    """Return what `build` returns, kept for `seconds` and no longer than until a name in `depends_on` is bumped.

    `build` is given the order of its reading: a value built under a higher order never saw an older state. It is 0
    when the cache is away and nothing is known of the order. The value is shared by all threads: do not change it.
    """
    current = None if is_in_transaction() else read_generations(*depends_on)
    if current is None:
        _stats.count(key, "misses")
        return build(0)
    return get_or_build_under(key, current, seconds=seconds, build=partial(build, sum(current)))


def get_or_build_under[T](key: str, current: tuple[int, ...], *, seconds: float, build: Callable[[], T]) -> T:
    """As `remember`, for who has taken the generations already; many who miss at once are one `build`."""
    found = _local_cache.get(key, current)
    if found is not None:
        _stats.count(key, "local_hits")
        return found  # type: ignore[no-any-return]
    return _single_flight.run(f"{key}@{current}", lambda: _load_or_build(key, current, seconds, build))


def is_in_transaction() -> bool:
    """Whether this thread sees rows that nobody else may see yet, or ever; those of a test case do not count."""
    return any(not block._from_testcase for block in connection.atomic_blocks)  # type: ignore[attr-defined]


def read_statistics() -> dict[str, GroupStats]:
    """Return what happened to each group of keys in this process since it started."""
    return _stats.snapshot()


def _value_key(key: str) -> str:
    """Where the cache has the value of `key`: not where another release, whose values look different, put its own."""
    return f"{key}@{fingerprint()}"


def _load_or_build[T](key: str, current: tuple[int, ...], seconds: float, build: Callable[[], T]) -> T:
    value = _unpack_if_current(key, current, cache.get(_value_key(key)))
    if value is None:
        value = _build_under_lock(key, current, seconds, build)
    return value  # type: ignore[no-any-return]


def _unpack_if_current(key: str, current: tuple[int, ...], found: Any) -> Any:
    """Return the value in `found`, as `_keep` wrote it, if it was built under these generations; else None."""
    if found is None or found[0] != current or found[1] <= time.time():
        return None
    _stats.count(key, "hits")
    value = pickle.loads(found[2])  # noqa: S301  (written by ourselves; the cache's own values are pickled as well)
    _local_cache.set(key, current, found[1], value)
    return value


def _store_value(key: str, current: tuple[int, ...], seconds: float, value: Any) -> None:
    until, packed = time.time() + seconds, pickle.dumps(value)
    _stats.record_stored(key, len(packed))
    _local_cache.set(key, current, until, value)
    cache.set(_value_key(key), (current, until, packed), seconds)


def _build_under_lock[T](key: str, current: tuple[int, ...], seconds: float, build: Callable[[], T]) -> T:
    """Build and keep a value, unless another process does: then wait for that one, but not for long."""
    mark = f"{_value_key(key)}@{'.'.join(map(str, current))}"
    ours = cache.add(mark, 1, BUILD_LOCK_SECONDS)
    if ours is None:  # the cache went away a moment ago
        health.record_failure()
        return _build(key, build)
    if not ours and (value := _wait_for_other_process(key, current, mark)) is not None:
        return value  # type: ignore[no-any-return]
    try:
        value = _build(key, build)
        _store_value(key, current, seconds, value)
    finally:
        if cache.delete(mark) is None:
            health.record_failure()
    return value


def _build[T](key: str, build: Callable[[], T]) -> T:
    _stats.count(key, "misses")
    return build()


def _wait_for_other_process(key: str, current: tuple[int, ...], mark: str) -> Any:
    """Return the value that another process builds; None when that one gives up or takes too long."""
    for _ in range(MAX_POLLS):
        _pause.wait(POLL_SECONDS)
        found = cache.get_many([_value_key(key), mark])
        if (value := _unpack_if_current(key, current, found.get(_value_key(key)))) is not None or mark not in found:
            return value
    return None
