"""One builds and the others wait: a hundred readers of a missing value in one process cost one reading."""

import threading
from collections.abc import Callable
from typing import Any

PATIENCE_SECONDS = 2.0  # less than it takes to be refused a database connection, which the builder may wait for

_NOTHING = object()


class _Flight:
    def __init__(self) -> None:
        self.landed = threading.Event()
        self.value: Any = _NOTHING


class SingleFlight:
    """The values that this process is getting at the moment, by key."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.under_way: dict[str, _Flight] = {}

    def run[T](self, key: str, get: Callable[[], T]) -> T:
        """Return what `get` returns; whoever asks for the same key in the meantime shares that one call.

        When it fails, or takes longer than PATIENCE_SECONDS, each of the others calls `get` for itself.
        """
        with self.lock:
            flight = self.under_way.get(key)
            leads = flight is None
            if flight is None:
                flight = self.under_way[key] = _Flight()
        if leads:
            return self._lead(key, flight, get)
        flight.landed.wait(PATIENCE_SECONDS)
        return get() if flight.value is _NOTHING else flight.value

    def _lead[T](self, key: str, flight: _Flight, get: Callable[[], T]) -> T:
        try:
            value = flight.value = get()
        finally:
            with self.lock:
                del self.under_way[key]
            flight.landed.set()
        return value
