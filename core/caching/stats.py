"""How well the cache does, counted in this process: by group, which is the first word of a key ("board:friday")."""

import threading
from collections import defaultdict
from dataclasses import dataclass, replace

from core import metrics

READ_RESULTS = {"local_hits": "local_hit", "hits": "hit", "misses": "miss"}


@dataclass
class GroupStats:
    """What happened to one group since the process started; sizes are in bytes, as the cache holds them."""

    local_hits: int = 0  # found in this process, without asking the cache for the value
    hits: int = 0  # found in the cache
    misses: int = 0  # built
    bumps: int = 0  # declared out of date
    stored: int = 0
    stored_bytes: int = 0
    largest_bytes: int = 0


class CacheStats:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.groups: dict[str, GroupStats] = defaultdict(GroupStats)

    def count(self, key: str, what: str) -> None:
        """Count one more `what`, the name of one of the Figures, for the group of `key`."""
        with self.lock:
            figures = self.groups[get_group(key)]
            setattr(figures, what, getattr(figures, what) + 1)
        if what in READ_RESULTS:
            metrics.cache_reads.labels(get_group(key), READ_RESULTS[what]).inc()

    def record_stored(self, key: str, size: int) -> None:
        with self.lock:
            figures = self.groups[get_group(key)]
            figures.stored += 1
            figures.stored_bytes += size
            figures.largest_bytes = max(figures.largest_bytes, size)

    def snapshot(self) -> dict[str, GroupStats]:
        """Return a copy of the figures of every group, by name."""
        with self.lock:
            return {group: replace(figures) for group, figures in sorted(self.groups.items())}


def get_group(key: str) -> str:
    return key.partition(":")[0]
