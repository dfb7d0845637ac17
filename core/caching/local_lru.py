"""The values that this process used last, ready to use: no trip to the cache, no unpacking."""

import threading
import time
from typing import Any

from cachetools import LRUCache

MAX_ENTRIES = 256


class LocalLRU:
    """One value for each key, with the generations that it was built under; it counts for no others.

    The least recently used value makes room for a new one. All threads share what is handed out: do not change it.
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

    def set(self, key: str, current: tuple[int, ...], until: float, value: Any) -> None:
        """Keep `value` until that time (seconds since 1970)."""
        with self.lock:
            self.entries[key] = (current, until, value)
