"""Two requests of a process compute at a time, and none waits for one that hangs."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from core import thread_slots
from core.thread_slots import SLOTS, ThreadSlotMiddleware, ThreadSlots

LONG = 30.0  # seconds; no test waits that long


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(max_workers=6) as pool:
        yield pool


class Work:
    """Work for a thread: reports that it has begun, and lasts until it is released."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.go_on = threading.Event()

    def do(self, hold: Callable[[], object]) -> None:
        with hold():  # type: ignore[attr-defined]  # a context manager
            self.begun.release()
            assert self.go_on.wait(LONG)

    def wait_until_begun(self, times: int) -> None:
        assert all(self.begun.acquire(timeout=LONG) for _ in range(times))


def test_third_thread_works_when_one_of_two_is_done(threads: ThreadPoolExecutor) -> None:
    slots, first, third = ThreadSlots(patience=LONG), Work(), Work()
    running = [threads.submit(first.do, slots.hold) for _ in range(SLOTS)]
    first.wait_until_begun(SLOTS)
    waiting = threads.submit(third.do, slots.hold)
    assert not third.begun.acquire(blocking=False)
    assert slots.semaphore.acquire(blocking=False) is False
    first.go_on.set()
    third.go_on.set()
    for future in (*running, waiting):
        future.result(LONG)


def test_slot_is_free_while_its_thread_lends_it(threads: ThreadPoolExecutor) -> None:
    slots, lending = ThreadSlots(slots=1, patience=LONG), Work()

    def wait_for_a_thread() -> bool:
        with slots.hold():
            lending.do(slots.lend)
            return slots.semaphore.acquire(blocking=False)

    waiting = threads.submit(wait_for_a_thread)
    lending.wait_until_begun(1)
    with slots.hold():  # or else this would hang
        lending.go_on.set()
    assert waiting.result(LONG) is False, "it holds its slot again"
    assert slots.semaphore.acquire(blocking=False)


def test_thread_that_is_out_of_patience_works_without_a_slot(threads: ThreadPoolExecutor) -> None:
    slots, hanging = ThreadSlots(slots=1, patience=0), Work()
    hung = threads.submit(hanging.do, slots.hold)
    hanging.wait_until_begun(1)
    with slots.hold(), slots.lend():
        pass
    assert slots.semaphore.acquire(blocking=False) is False, "a slot was given back that nobody had taken"
    hanging.go_on.set()
    hung.result(LONG)
    assert slots.semaphore.acquire(blocking=False)


def test_slot_comes_back_after_an_error_and_is_taken_once() -> None:
    slots = ThreadSlots(slots=1, patience=0)

    def fail() -> None:
        assert slots.semaphore.acquire(blocking=False) is False
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"), slots.hold(), slots.hold():
        fail()
    assert slots.semaphore.acquire(blocking=False)


def test_request_holds_a_slot_until_it_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    slots = ThreadSlots(slots=1)
    monkeypatch.setattr(thread_slots, "thread_slots", slots)

    def answer(_request: object) -> HttpResponse:
        return HttpResponse("busy" if not slots.semaphore.acquire(blocking=False) else "free")

    response = ThreadSlotMiddleware(answer)(RequestFactory().get("/"))
    assert isinstance(response, HttpResponse)
    assert response.text == "busy"
    assert slots.semaphore.acquire(blocking=False)
