"""Group commit: what several threads want to write at the same moment is written in one transaction."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from core.thread_slots import thread_slots

MAX_BATCH = 64  # items; more would keep the first ones waiting


class _Waiter[Item, Outcome]:
    """A thread that waits until its item is settled, or until it is its turn to settle a batch."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.woken = threading.Event()
        self.outcome = Future[Outcome]()


class GroupCommit[Item, Outcome]:
    """Hands items to `settle` in batches, in the order of their arrival; one batch is settled at a time.

    The first thread leads: it settles its own item and meanwhile the others collect in a queue. When it is done, it
    wakes the thread at the head of the queue, which leads with all that wait. So nobody waits for company, an item that
    is alone costs nothing more, and there is no thread of its own. `settle` gets a list of items and returns an outcome
    or an exception for each.
    """

    def __init__(
        self, settle: Callable[[list[Item]], Sequence[Outcome | Exception]], max_batch: int = MAX_BATCH
    ) -> None:
        self.settle = settle
        self.max_batch = max_batch
        self.lock = threading.Lock()
        self.waiting: deque[_Waiter[Item, Outcome]] = deque()
        self.has_leader = False

    def run(self, item: Item) -> Outcome:
        """Return the outcome of `item`; raises the exception that it came to."""
        waiter = _Waiter[Item, Outcome](item)
        with self.lock:
            self.waiting.append(waiter)
            is_leader, self.has_leader = not self.has_leader, True
        if not is_leader:
            with thread_slots.lend():
                waiter.woken.wait()
        if not waiter.outcome.done():  # woken to lead
            self._lead()
        return waiter.outcome.result()

    def _lead(self) -> None:
        """Settle the first waiters, the leader among them, and wake them and the next leader."""
        with self.lock:
            batch = [self.waiting.popleft() for _ in range(min(self.max_batch, len(self.waiting)))]
        outcomes: Sequence[Outcome | BaseException]
        try:
            outcomes = self.settle([waiter.item for waiter in batch])
        except BaseException as error:  # noqa: BLE001  (it is raised in every thread of the batch)
            outcomes = [error] * len(batch)
        finally:
            with self.lock:
                self.has_leader = bool(self.waiting)
                if self.waiting:
                    self.waiting[0].woken.set()
        for waiter, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, BaseException):
                waiter.outcome.set_exception(outcome)
            else:
                waiter.outcome.set_result(outcome)
            waiter.woken.set()
