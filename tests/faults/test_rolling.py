"""Every server of a site is restarted, one after the other, while people give hearts with a POST."""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.faults.front import Front
from tests.faults.load import SOON
from tests.faults.stack import Stack


@pytest.fixture
def start_front(stack: Stack) -> Iterator[Callable[[int], Front]]:
    started: list[Front] = []

    def start(drain_seconds: int) -> Front:
        started.append(Front(stack, drain_seconds=drain_seconds))
        return started[-1]

    yield start
    for front in started:
        front.stop()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the processes of a proxy may enter, which are not root."""
    with TemporaryDirectory(prefix="jamsite-front-") as name:
        yield Path(name)


def roll_under_posts(stack: Stack, front: Front, name: str, *, people: int, times: int) -> set[int]:
    """Restart every server `times` times: each heart that anybody gave is answered, stored, and stored once.

    Return the exit codes of the servers.
    """
    with stack.night(url=front.url, by_post=True, people=people) as night:
        night.goes_on()
        night.sockets_are_open()
        codes = []
        for _ in range(times):
            codes += front.roll()
            night.goes_on()
        night.sockets_are_open()
        assert night.reckon(name, posts=len(night.answers)) < SOON
    assert {code for phone in night.phones for code in phone.closes} == {4012}
    return set(codes)


def test_rolling_restart_behind_nginx_loses_no_post(
    stack: Stack, start_front: Callable[[int], Front], folder: Path
) -> None:
    front = start_front(0)
    front.start_nginx(folder)
    assert roll_under_posts(stack, front, "rolling restart, POST, nginx", people=6, times=1) == {0}


@pytest.mark.faults
def test_rolling_restarts_behind_nginx_lose_no_post(
    stack: Stack, start_front: Callable[[int], Front], folder: Path
) -> None:
    front = start_front(5)
    front.start_nginx(folder)
    assert roll_under_posts(stack, front, "two rolling restarts, POST, nginx", people=20, times=2) == {0}


@pytest.mark.faults
def test_rolling_restarts_behind_haproxy_lose_no_post(
    stack: Stack, start_front: Callable[[int], Front], folder: Path
) -> None:
    """Its checks take a server out and in again; while one drains, the other is asked."""
    front = start_front(5)
    front.start_haproxy(folder)
    assert roll_under_posts(stack, front, "two rolling restarts, POST, HAProxy", people=20, times=2) == {0}
