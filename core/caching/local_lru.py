"""The values that this process used most recently, unpacked: reading one needs no trip to the cache."""

import threading
import time
from typing import Any

from cachetools import LRUCache

MAX_ENTRIES = 256


class LocalLRU:
    """One value per key, with the generations that it was built under; it is returned only under the same ones.

    A full cache drops the least recently used value. All threads share the values: do not change them.
    """

    def __init__(self, max_entries: int = MAX_ENTRIES) -> None:
        self.lock = threading.Lock()  # an LRUCache is not thread-safe: reading changes its order
        self.entries: LRUCache[str, tuple[tuple[int, ...], float, Any]] = LRUCache(maxsize=max_entries)

    def get(self, key: str, current: tuple[int, ...]) -> Any:
        """Return the value of `key` under the generations `current`, or None."""
        with self.lock:
            found = self.entries.get(key)
        if found is None or found[0] != current or found[1] <= time.time():
            return None
        return found[2]

    def set(self, key: str, current: tuple[int, ...], expires_at: float, value: Any) -> None:
        """Store `value` until `expires_at` (seconds since 1970)."""
        with self.lock:
            self.entries[key] = (current, expires_at, value)
