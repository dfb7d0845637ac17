"""Single flight: concurrent callers in one process share one computation per key (no cache stampede)."""

import threading
from collections.abc import Callable
from typing import Any

from core.thread_slots import thread_slots

MAX_WAIT_SECONDS = 2.0  # shorter than the wait for a database connection, which the builder may be in

_PENDING = object()


class _Call:
    def __init__(self) -> None:
        self.done = threading.Event()
        self.value: Any = _PENDING


class SingleFlight:
    """The computations that are running in this process, by key."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.calls: dict[str, _Call] = {}

    def run[T](self, key: str, compute: Callable[[], T]) -> T:
        """Return what `compute` returns; callers with the same key that come in the meantime share the result.

        If `compute` fails or takes longer than MAX_WAIT_SECONDS, each of the others calls its own.
        """
        with self.lock:
            call = self.calls.get(key)
            is_first = call is None
            if call is None:
                call = self.calls[key] = _Call()
        if is_first:
            return self._run_and_share(key, call, compute)
        with thread_slots.lend():
            call.done.wait(MAX_WAIT_SECONDS)
        return compute() if call.value is _PENDING else call.value

    def _run_and_share[T](self, key: str, call: _Call, compute: Callable[[], T]) -> T:
        try:
            value = call.value = compute()
        finally:
            with self.lock:
                del self.calls[key]
            call.done.set()
        return value
