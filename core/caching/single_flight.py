"""One builds and the others wait: a hundred readers of a missing value in one process cost one reading."""

import threading
from collections.abc import Callable
from typing import Any

MAX_WAIT_SECONDS = 2.0  # less than it takes to be refused a database connection, which the builder may wait for

_PENDING = object()


class _Call:
    def __init__(self) -> None:
        self.done = threading.Event()
        self.value: Any = _PENDING


class SingleFlight:
    """The values that this process is getting at the moment, by key."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.calls: dict[str, _Call] = {}

    def run[T](self, key: str, get: Callable[[], T]) -> T:
        """Return what `get` returns; whoever asks for the same key in the meantime shares that one call.

        When it fails, or takes longer than PATIENCE_SECONDS, each of the others calls `get` for itself.
        """
        with self.lock:
            flight = self.calls.get(key)
            leads = flight is None
            if flight is None:
                flight = self.calls[key] = _Call()
        if leads:
            return self._run_and_share(key, flight, get)
        flight.done.wait(MAX_WAIT_SECONDS)
        return get() if flight.value is _PENDING else flight.value

    def _run_and_share[T](self, key: str, flight: _Call, get: Callable[[], T]) -> T:
        try:
            value = flight.value = get()
        finally:
            with self.lock:
                del self.calls[key]
            flight.done.set()
        return value
