"""Cache by generation: a key carries the generations of what its value depends on, and a write bumps them.

Nothing is ever hunted down and deleted. A reader takes the generations *before* it reads the database, so a
slow one can only store an old value under an old generation, where nobody looks any more.
"""

import logging
import threading
import time
from collections.abc import Callable

from django.core.cache import cache

logger = logging.getLogger(__name__)

REST_SECONDS = 5.0  # how long a cache that failed is left alone, so that a frozen one costs one timeout, not many
REPAY_SECONDS = 1.0  # how often it is tried whether an owed bump can be paid
QUIET_SECONDS = 60.0  # how often at most its absence is logged


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
            logger.warning("The cache is away; pages are made from the database.")

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


def is_away() -> bool:
    """Whether the cache failed a moment ago and is being left alone."""
    return _health.is_away()


def _key(name: str) -> str:
    return f"generation:{name}"


def _first_generation() -> int:
    """A number above every one given before a restart of the cache: time, in 10 µs, outruns bumps."""
    return time.time_ns() // 10_000


def _increment(name: str) -> bool:
    """Raise a generation by one; False, and the cache is left alone for a while, when it does not answer."""
    try:
        answered = cache.incr(_key(name)) is not None
    except ValueError:  # there is none yet
        added = cache.add(_key(name), _first_generation(), timeout=None)
        answered = added or (added is False and cache.incr(_key(name)) is not None)  # somebody else was first
    if not answered:
        _health.failed()
    return answered


def bump(*names: str) -> None:
    """Make every value that depends on one of `names` a thing of the past. Call it after the commit."""
    missed = {name for name in names if _health.is_away() or not _increment(name)}
    if missed:
        _health.owe(missed)


def generations(*names: str) -> tuple[int, ...] | None:
    """Return the current generation of each name, or None when the cache is away or owes us a bump."""
    if _health.is_away() or not _health.owed.isdisjoint(names):
        return None
    found = dict(cache.get_many([_key(name) for name in names]))  # django-redis hands out one shared {} when it fails
    for name in names:
        if _key(name) not in found:
            if cache.add(_key(name), _first_generation(), timeout=None) is None:
                _health.failed()
                return None
            found[_key(name)] = cache.get(_key(name))
    if None in found.values():
        return None
    return tuple(found[_key(name)] for name in names)


def remember[T](key: str, *, depends_on: tuple[str, ...], seconds: int, build: Callable[[int], T]) -> T:
    """Return what `build` returns, kept for `seconds` and no longer than until a name in `depends_on` is bumped.

    `build` is given the order of its reading: a value built under a higher order never saw an older state. It is 0
    when the cache is away and nothing is known of the order.
    """
    current = generations(*depends_on)
    if current is None:
        return build(0)
    full_key = f"{key}:{'.'.join(map(str, current))}"
    value: T | None = cache.get(full_key)
    if value is None:
        value = build(sum(current))
        cache.set(full_key, value, seconds)
    return value
