"""Threads that want to write at the same moment share a batch, and each gets its own outcome."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.group_commit import GroupCommit
from tests.servers import PATIENCE, wait_until


class Recorder:
    """Settles numbers by doubling them; the first batch waits until it is told to go on."""

    def __init__(self, answer: Callable[[int], int | Exception] = lambda item: item * 2) -> None:
        self.answer = answer
        self.batches: list[list[int]] = []
        self.go_on = threading.Event()

    def settle(self, items: list[int]) -> list[int | Exception]:
        self.batches.append(items)
        assert self.go_on.wait(PATIENCE)
        return [self.answer(item) for item in items]


def run_in_order(group: GroupCommit[int, int], recorder: Recorder, items: int) -> list[int | BaseException]:
    """Run items in as many threads; all but the first arrive, in order, while the first is being settled."""
    with ThreadPoolExecutor(items) as pool:
        runs = [pool.submit(group.run, 0)]
        wait_until(lambda: len(recorder.batches) == 1)
        for item in range(1, items):
            runs.append(pool.submit(group.run, item))
            wait_until(lambda item=item: len(group.waiting) == item)  # type: ignore[misc]  # mypy infers no type here
        recorder.go_on.set()
        return [run.exception(PATIENCE) or run.result() for run in runs]


def test_an_item_that_is_alone_waits_for_nobody() -> None:
    recorder = Recorder()
    recorder.go_on.set()
    group = GroupCommit(recorder.settle)
    assert [group.run(item) for item in (1, 2, 3)] == [2, 4, 6]
    assert recorder.batches == [[1], [2], [3]]


def test_those_who_arrive_meanwhile_share_the_next_batch() -> None:
    recorder = Recorder()
    assert run_in_order(GroupCommit(recorder.settle), recorder, 20) == [item * 2 for item in range(20)]
    assert recorder.batches == [[0], list(range(1, 20))]


def test_a_batch_has_a_limit() -> None:
    recorder = Recorder()
    run_in_order(GroupCommit(recorder.settle, max_batch=8), recorder, 20)
    assert recorder.batches == [[0], list(range(1, 9)), list(range(9, 17)), list(range(17, 20))]


def test_everyone_gets_their_own_refusal() -> None:
    def refuse_odd(item: int) -> int | Exception:
        return ValueError(item) if item % 2 else item

    recorder = Recorder(refuse_odd)
    outcomes = run_in_order(GroupCommit(recorder.settle), recorder, 6)
    assert [str(outcome) for outcome in outcomes if isinstance(outcome, ValueError)] == ["1", "3", "5"]
    assert [outcome for outcome in outcomes if isinstance(outcome, int)] == [0, 2, 4]


def test_a_batch_that_fails_fails_for_all_and_the_next_one_runs() -> None:
    def fail(item: int) -> int | Exception:
        if item in range(1, 8):
            raise OSError("no database")
        return item

    recorder = Recorder(fail)
    outcomes = run_in_order(GroupCommit(recorder.settle, max_batch=7), recorder, 10)
    assert [type(outcome) for outcome in outcomes] == [int, *[OSError] * 7, int, int]


@pytest.mark.parametrize("threads", [2, 16])
def test_nothing_is_lost_or_done_twice(threads: int) -> None:
    settled: list[int] = []

    def settle(items: list[int]) -> list[int]:
        settled.extend(items)
        return [item * 2 for item in items]

    group = GroupCommit(settle, max_batch=5)
    with ThreadPoolExecutor(threads) as pool:
        assert list(pool.map(group.run, range(2000), timeout=PATIENCE)) == [item * 2 for item in range(2000)]
    assert sorted(settled) == list(range(2000))
    assert (group.has_leader, len(group.waiting)) == (False, 0)
