"""The values that this process used last, ready to use: no trip to the cache, no unpacking."""

import threading
import time
from collections import OrderedDict
from typing import Any

PLACES = 256


class Shelf:
    """One value for each key, with the generations that it was built under; it counts for no others.

    What is handed out is shared by all threads and not to be changed.
    """

    def __init__(self, places: int = PLACES) -> None:
        self.lock = threading.Lock()
        self.places = places
        self.kept: OrderedDict[str, tuple[tuple[int, ...], float, Any]] = OrderedDict()

    def find(self, key: str, current: tuple[int, ...]) -> Any:
        """Return the value of `key` under the generations `current`, or None."""
        with self.lock:
            found = self.kept.get(key)
            if found is None or found[0] != current or found[1] <= time.time():
                return None
            self.kept.move_to_end(key)
            return found[2]

    def put(self, key: str, current: tuple[int, ...], until: float, value: Any) -> None:
        """Keep `value` until that time (seconds since 1970), in the place of the one that was used longest ago."""
        with self.lock:
            self.kept[key] = (current, until, value)
            self.kept.move_to_end(key)
            if len(self.kept) > self.places:
                self.kept.popitem(last=False)
