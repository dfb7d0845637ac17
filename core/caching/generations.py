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

REST_SECONDS = 5.0  # how long a cache that failed is left alone, so that a frozen one costs one timeout, not many
REPAY_SECONDS = 1.0  # how often it is tried whether an owed bump can be paid
QUIET_SECONDS = 60.0  # how often at most its absence is logged
GENERATION_SECONDS = 86_400  # then it begins anew, higher: addresses that nobody visits any more leave nothing behind
BUILDING_SECONDS = 5  # how long a process may announce that it is building a value
WAIT_SECONDS = 0.02  # between two looks whether it is done
WAITS = 50


class _Health:
    """Whether the cache answers, and the bumps that it still has to be told of."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.resting_until = 0.0
        self.logged_at = -QUIET_SECONDS
        self.owed: set[str] = set()

    def is_away(self) -> bool:
        return time.monotonic() < self.resting_until

    def failed(self) -> None:
        now = time.monotonic()
        self.resting_until = now + REST_SECONDS
        if now - self.logged_at >= QUIET_SECONDS:
            self.logged_at = now
            logger.warning("The cache is unavailable; pages are built from the database.")

    def owe(self, names: set[str]) -> None:
        """Bump `names` as soon as the cache answers again, lest it comes back with old values as current."""
        with self.lock:
            alone = not self.owed
            self.owed |= names
        if alone:
            self._repay_later()

    def _repay_later(self) -> None:
        timer = threading.Timer(REPAY_SECONDS, self._repay)
        timer.daemon = True
        timer.start()

    def _repay(self) -> None:
        with self.lock:
            names = set(self.owed)
        paid = {name for name in names if _increment(name)}
        with self.lock:
            self.owed -= paid
            left = bool(self.owed)
        if left:
            self._repay_later()


_health = _Health()
_single_flight = SingleFlight()
_local = LocalLRU()
_stats = CacheStats()
_pause = threading.Event()  # never set


def is_away() -> bool:
    """Whether the cache failed a moment ago and is being left alone."""
    return _health.is_away()


def _key(name: str) -> str:
    return GENERATION_PREFIX + name


def _first_generation() -> int:
    """A number above every one given before a restart of the cache: time, in 10 µs, outruns bumps."""
    return time.time_ns() // 10_000


def _increment(name: str) -> bool:
    """Raise a generation by one; False, and the cache is left alone for a while, when it does not answer."""
    try:
        answered = cache.incr(_key(name)) is not None
    except ValueError:  # there is none yet
        added = cache.add(_key(name), _first_generation(), timeout=GENERATION_SECONDS)
        answered = added or (added is False and cache.incr(_key(name)) is not None)  # somebody else was first
    if not answered:
        _health.failed()
    return answered


def invalidate(*names: str) -> None:
    """Make every value that depends on one of `names` a thing of the past. Call it after the commit."""
    for name in names:
        _stats.count(name, "bumps")
    missed = {name for name in names if _health.is_away() or not _increment(name)}
    if missed:
        _health.owe(missed)


def read_generations(*names: str) -> tuple[int, ...] | None:
    """Return the current generation of each name, or None when the cache is away or owes us a bump."""
    if _health.is_away() or not _health.owed.isdisjoint(names):
        return None
    found = dict(cache.get_many([_key(name) for name in names]))  # django-redis hands out one shared {} when it fails
    for name in names:
        if _key(name) not in found:
            if cache.add(_key(name), _first_generation(), timeout=GENERATION_SECONDS) is None:
                _health.failed()
                return None
            found[_key(name)] = cache.get(_key(name))
    if None in found.values():
        return None
    return tuple(found[_key(name)] for name in names)


def get_or_build[T](key: str, *, depends_on: tuple[str, ...], seconds: int, build: Callable[[int], T]) -> T:
    """Return what `build` returns, kept for `seconds` and no longer than until a name in `depends_on` is bumped.

    `build` is given the order of its reading: a value built under a higher order never saw an older state. It is 0
    when the cache is away and nothing is known of the order. The value is shared by all threads: do not change it.
    """
    current = None if in_transaction() else read_generations(*depends_on)
    if current is None:
        _stats.count(key, "misses")
        return build(0)
    return get_or_build_under(key, current, seconds=seconds, build=partial(build, sum(current)))


def get_or_build_under[T](key: str, current: tuple[int, ...], *, seconds: float, build: Callable[[], T]) -> T:
    """As `remember`, for who has taken the generations already; many who miss at once are one `build`."""
    found = _local.find(key, current)
    if found is not None:
        _stats.count(key, "local_hits")
        return found  # type: ignore[no-any-return]
    return _single_flight.run(f"{key}@{current}", lambda: _fetch(key, current, seconds, build))


def in_transaction() -> bool:
    """Whether this thread sees rows that nobody else may see yet, or ever; those of a test case do not count."""
    return any(not block._from_testcase for block in connection.atomic_blocks)  # type: ignore[attr-defined]


def statistics() -> dict[str, GroupStats]:
    """Return what happened to each group of keys in this process since it started."""
    return _stats.figures()


def _place(key: str) -> str:
    """Where the cache has the value of `key`: not where another release, whose values look different, put its own."""
    return f"{key}@{fingerprint()}"


def _fetch[T](key: str, current: tuple[int, ...], seconds: float, build: Callable[[], T]) -> T:
    value = _kept(key, current, cache.get(_place(key)))
    if value is None:
        value = _build_alone(key, current, seconds, build)
    return value  # type: ignore[no-any-return]


def _kept(key: str, current: tuple[int, ...], found: Any) -> Any:
    """Return the value in `found`, as `_keep` wrote it, if it was built under these generations; else None."""
    if found is None or found[0] != current or found[1] <= time.time():
        return None
    _stats.count(key, "hits")
    value = pickle.loads(found[2])  # noqa: S301  (written by ourselves; the cache's own values are pickled as well)
    _local.put(key, current, found[1], value)
    return value


def _keep(key: str, current: tuple[int, ...], seconds: float, value: Any) -> None:
    until, packed = time.time() + seconds, pickle.dumps(value)
    _stats.stored(key, len(packed))
    _local.put(key, current, until, value)
    cache.set(_place(key), (current, until, packed), seconds)


def _build_alone[T](key: str, current: tuple[int, ...], seconds: float, build: Callable[[], T]) -> T:
    """Build and keep a value, unless another process does: then wait for that one, but not for long."""
    mark = f"{_place(key)}@{'.'.join(map(str, current))}"
    ours = cache.add(mark, 1, BUILDING_SECONDS)
    if ours is None:  # the cache went away a moment ago
        _health.failed()
        return _build(key, build)
    if not ours and (value := _wait_for(key, current, mark)) is not None:
        return value  # type: ignore[no-any-return]
    try:
        value = _build(key, build)
        _keep(key, current, seconds, value)
    finally:
        if cache.delete(mark) is None:
            _health.failed()
    return value


def _build[T](key: str, build: Callable[[], T]) -> T:
    _stats.count(key, "misses")
    return build()


def _wait_for(key: str, current: tuple[int, ...], mark: str) -> Any:
    """Return the value that another process builds; None when that one gives up or takes too long."""
    for _ in range(WAITS):
        _pause.wait(WAIT_SECONDS)
        found = cache.get_many([_place(key), mark])
        if (value := _kept(key, current, found.get(_place(key)))) is not None or mark not in found:
            return value
    return None
