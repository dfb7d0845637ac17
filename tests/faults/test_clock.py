"""Clocks that are wrong, and clocks that jump."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.faults.load import SOON
from tests.faults.stack import Stack
from tests.programs import install_packages

pytestmark = pytest.mark.faults
AN_HOUR = 3600
PLACES = ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib")


def find_faketime() -> str:
    """Return the path of libfaketime; Debian's is installed when there is none and we may."""
    if not shutil.which("faketime"):
        install_packages("faketime")
    found = [path for place in PLACES if (path := Path(place) / "faketime" / "libfaketime.so.1").exists()]
    assert found, "These tests need libfaketime: install it, for example with apt-get install faketime."
    return str(found[0])


class Clock:
    """The clock of a process that was started in `environment`: it can be set while the process runs."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.set(0)
        self.environment = {
            "LD_PRELOAD": find_faketime(),
            "FAKETIME_TIMESTAMP_FILE": str(path),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }

    def set(self, seconds: int) -> None:
        """Have it go wrong by so many seconds."""
        beside = self.path.with_suffix(".new")
        beside.write_text(f"{seconds:+d}\n")
        beside.replace(self.path)


@pytest.fixture
def clocks(stack: Stack, tmp_path: Path) -> Iterator[list[Clock]]:
    clocks = [Clock(tmp_path / f"clock{number}") for number in (0, 1)]
    for number, clock in enumerate(clocks):
        stack.replace(number, **clock.environment)
    yield clocks
    for clock in clocks:
        clock.set(0)
    for number in (0, 1):
        stack.replace(number)


def test_two_machines_whose_clocks_differ_by_two_hours_are_one_site(stack: Stack, clocks: list[Clock]) -> None:
    with stack.night() as night:
        night.goes_on()
        clocks[0].set(AN_HOUR)
        clocks[1].set(-AN_HOUR)
        night.goes_on(100)
        assert night.reckon("clocks an hour fast and an hour slow") < SOON


def test_a_clock_set_back_leaves_no_stale_page_in_an_empty_cache(stack: Stack, clocks: list[Clock]) -> None:
    """What is newer is told by numbers that begin at the clock when the cache is empty: these are lower than before."""
    with stack.night() as night:
        night.goes_on()
        night.sockets_are_open()
        for clock in clocks:
            clock.set(-AN_HOUR)
        with redis.from_url(stack.environment["REDIS_URL"]) as client:
            client.flushall()
        began = time.monotonic()
        night.goes_on(100)
        assert night.reckon("clocks set back, cache emptied", went_on=time.monotonic() - began) < SOON
