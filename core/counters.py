"""Where rate limits are counted: in Redis, or else in the memory of this process, which then is the only server.

Not in the page cache, which drops entries when it is full. A count is exact: the times of the last attempts are kept,
so no window of a limit's length ever holds more attempts than the limit allows, wherever it begins.
"""

import threading
import time
from array import array
from bisect import bisect_left
from collections import OrderedDict, defaultdict
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from django.conf import settings
from limits.errors import StorageError
from limits.storage import RedisStorage

from core.circuit_breaker import CircuitBreaker

MAX_KEYS = 100_000  # in a process's memory: 35 MB
SECONDS = {"s": 1, "m": 60, "h": 60 * 60, "d": 24 * 60 * 60}

breaker = CircuitBreaker(
    "counters", "The rate limits are unavailable: nothing is counted or refused, and nobody can log in."
)


@dataclass(frozen=True)
class Rate:
    """So many attempts in any window of so many seconds."""

    amount: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> "Rate":
        """Return the rate that a setting like "120/m" or "400/10m" names."""
        amount, _slash, window = text.partition("/")
        return cls(int(amount), int(window[:-1] or 1) * SECONDS[window[-1]])

    def multiply(self, share: int) -> "Rate":
        return Rate(self.amount * share, self.seconds)


class Counters(Protocol):
    """The part of a storage of the library `limits` that is used here."""

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count an attempt and return True, or return False if the last `expiry` seconds already hold `limit`."""
        ...

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """Return when the first attempt of the last `expiry` seconds was made (since 1970), and their number."""
        ...

    def clear(self, key: str) -> None:
        """Forget the attempts under `key`."""
        ...


class CountersFullError(StorageError):
    """There is no room for one more key, and nobody's count is dropped to make some."""

    def __init__(self) -> None:
        super().__init__(MemoryError())


class MemoryCounters:
    """Counters in this process.

    The one that `limits` brings never lets go of a key, and starts a thread for each burst of requests.
    """

    def __init__(self, max_keys: int = MAX_KEYS) -> None:
        self.max_keys = max_keys
        self.lock = threading.Lock()
        # By length of window, and in it by the last attempt, the oldest first, so that what has expired is in front.
        self.windows: defaultdict[int, OrderedDict[str, array[float]]] = defaultdict(OrderedDict)

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        now = time.monotonic()
        with self.lock:
            self._drop_expired(now, expiry)
            attempts = self.windows[expiry]
            if key not in attempts:
                self._make_room(now)
            times = attempts.setdefault(key, array("d"))
            if len(times) >= limit and times[-limit] >= now - expiry:
                return False
            del times[: max(0, len(times) + amount - limit)]
            times.extend([now] * amount)
            attempts.move_to_end(key)
            return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        now = time.monotonic()
        with self.lock:
            times = self.windows[expiry].get(key, array("d"))
            first = bisect_left(times, now - expiry)
            age = now - times[first] if first < len(times) else 0.0
            return time.time() - age, len(times) - first

    def clear(self, key: str) -> None:
        with self.lock:
            for attempts in self.windows.values():
                attempts.pop(key, None)

    def clear_all(self) -> None:
        with self.lock:
            self.windows.clear()

    def _make_room(self, now: float) -> None:
        if sum(map(len, self.windows.values())) < self.max_keys:
            return
        for expiry in self.windows:
            self._drop_expired(now, expiry)
        if sum(map(len, self.windows.values())) >= self.max_keys:
            raise CountersFullError

    def _drop_expired(self, now: float, expiry: int) -> None:
        attempts = self.windows[expiry]
        while attempts and next(iter(attempts.values()))[-1] < now - expiry:
            attempts.popitem(last=False)


@cache
def get_counters() -> Counters:
    """Return the counters of this process: those in Redis, if there is one."""
    options = settings.RATE_LIMIT_STORE
    return RedisStorage(**options, wrap_exceptions=True) if options else MemoryCounters()


def count_attempt(key: str, rate: Rate) -> float | None:
    """Count an attempt under `key` and return 0, or the seconds to wait if `rate` is used up.

    None if nothing can be counted. A Redis that does not answer is left alone for a while, which leaves the cache, in
    another Redis or another part of it, as it is.
    """
    if breaker.is_down():
        return None
    try:
        if get_counters().acquire_entry(key, rate.amount, rate.seconds):
            return 0.0
    except StorageError as error:
        _trip_unless_full(error)
        return None
    return get_wait(key, rate)


def restart_window(key: str, rate: Rate) -> None:
    """Forget the attempts under `key` and count one now, from which a window of `rate` begins."""
    if breaker.is_down():
        return
    try:
        get_counters().clear(key)
        get_counters().acquire_entry(key, rate.amount, rate.seconds)
    except StorageError as error:
        _trip_unless_full(error)


def get_wait(key: str, rate: Rate) -> float | None:
    """Return how many seconds one has to wait for the next attempt under `key`, without counting one.

    None if nothing can be counted.
    """
    if breaker.is_down():
        return None
    try:
        began, attempts = get_counters().get_moving_window(key, rate.amount, rate.seconds)
    except StorageError as error:
        _trip_unless_full(error)
        return None
    wait = began + rate.seconds - time.time()  # Redis rounds the time to 100 µs
    return min(max(1.0, wait), rate.seconds) if attempts >= rate.amount else 0.0


def _trip_unless_full(error: StorageError) -> None:
    if not isinstance(error, CountersFullError):
        breaker.record_failure()
