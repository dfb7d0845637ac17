"""Statistics of the cache in this process, by group: the first word of a key ("board:friday")."""

import threading
from collections import defaultdict
from dataclasses import dataclass, replace

from core import metrics

READ_RESULTS = {"local_hits": "local_hit", "hits": "hit", "misses": "miss"}


@dataclass
class GroupStats:
    """Counts for one group since the process started; sizes are in bytes, as stored in the cache."""

    local_hits: int = 0  # found in this process
    hits: int = 0  # found in the cache
    misses: int = 0  # built
    bumps: int = 0  # invalidated
    stored: int = 0
    stored_bytes: int = 0
    largest_bytes: int = 0


class CacheStats:
    """Thread-safe counters for every group."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.groups: dict[str, GroupStats] = defaultdict(GroupStats)

    def count(self, key: str, what: str) -> None:
        """Add one to `what`, the name of a field of GroupStats, for the group of `key`."""
        group = get_group(key)
        with self.lock:
            stats = self.groups[group]
            setattr(stats, what, getattr(stats, what) + 1)
        if what in READ_RESULTS:
            metrics.cache_reads.labels(group, READ_RESULTS[what]).inc()

    def record_stored(self, key: str, size: int) -> None:
        """Count a value of `size` bytes that was stored."""
        with self.lock:
            stats = self.groups[get_group(key)]
            stats.stored += 1
            stats.stored_bytes += size
            stats.largest_bytes = max(stats.largest_bytes, size)

    def snapshot(self) -> dict[str, GroupStats]:
        """Return a copy of the statistics of every group, by name."""
        with self.lock:
            return {group: replace(stats) for group, stats in sorted(self.groups.items())}


def get_group(key: str) -> str:
    """Return the group of `key`."""
    return key.partition(":")[0]
