"""A process computes two requests at a time; the others wait instead of contending for the interpreter.

With more, threads take the interpreter lock from one another and from the event loop at every database statement, and
all requests are slower. See docs/adr/0036-few-threads-at-work.md.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.http import HttpRequest, HttpResponseBase

SLOTS = 2  # one request computes while another waits for the database
PATIENCE_SECONDS = 1.0  # after that, go ahead: requests that hang must not stop the others


class ThreadSlots:
    """A number of slots for threads at work. A thread that has waited for PATIENCE_SECONDS works without one."""

    def __init__(self, slots: int = SLOTS, patience: float = PATIENCE_SECONDS) -> None:
        self.semaphore = threading.Semaphore(slots)
        self.patience = patience
        self.mine = threading.local()  # `is_held`: does this thread hold a slot?

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Hold a slot meanwhile. A thread that holds one already keeps it."""
        if self._is_held():
            yield
            return
        self._take()
        try:
            yield
        finally:
            self._release()

    @contextmanager
    def lend(self) -> Iterator[None]:
        """Lend this thread's slot, if it holds one, while it waits for another thread."""
        if not self._is_held():
            yield
            return
        self._release()
        try:
            yield
        finally:
            self._take()

    def _is_held(self) -> bool:
        return getattr(self.mine, "is_held", False)

    def _take(self) -> None:
        self.mine.is_held = self.semaphore.acquire(timeout=self.patience)

    def _release(self) -> None:
        if self._is_held():
            self.mine.is_held = False
            self.semaphore.release()


thread_slots = ThreadSlots()


class ThreadSlotMiddleware:
    """Holds a slot while a request is answered. It stands after the health checks, which never wait."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with thread_slots.hold():
            return self.get_response(request)
