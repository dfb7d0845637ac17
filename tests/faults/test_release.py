"""A release that comes while the one before it serves."""

import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from tests.faults.load import SOON
from tests.faults.stack import Stack
from tests.servers import ROOT

pytestmark = pytest.mark.faults
NEWER = {"DJANGO_SETTINGS_MODULE": "tests.faults.newer.settings"}


@pytest.fixture(autouse=True)
def _older_again(stack: Stack) -> Iterator[None]:
    yield
    for number in (0, 1):
        stack.replace(number)
    migrate(stack, "newer", "zero")


def migrate(stack: Stack, *words: str) -> None:
    line = [sys.executable, "manage.py", "migrate", "--verbosity", "0", *words]
    subprocess.run(line, cwd=ROOT, env={**stack.environment, **NEWER}, check=True)


def readiness(stack: Stack) -> list[int]:
    return [httpx.get(f"{web.url}/readyz", timeout=30).status_code for web in stack.webs]


def test_a_migration_and_the_processes_after_it_are_not_noticed(stack: Stack) -> None:
    with stack.night() as night:
        night.goes_on()
        migrate(stack)
        night.goes_on()
        assert readiness(stack) == [200, 200]
        stack.replace(0, **NEWER)
        night.goes_on()
        assert readiness(stack) == [200, 200]
        stack.replace(1, **NEWER)
        night.goes_on()
        assert night.reckon("a migration, then one process after the other") < SOON


def test_a_roll_back_of_one_release_is_not_noticed(stack: Stack) -> None:
    """The release before serves again on what the newer one has migrated, which stays as it is."""
    migrate(stack)
    for number in (0, 1):
        stack.replace(number, **NEWER)
    with stack.night() as night:
        night.goes_on()
        for number in (0, 1):
            stack.replace(number)
            night.goes_on()
        assert readiness(stack) == [200, 200]
        assert night.reckon("a roll back of one release") < SOON


def test_a_process_that_comes_before_its_migration_asks_for_no_visitors(stack: Stack) -> None:
    stack.replace(0, **NEWER)
    assert readiness(stack) == [503, 200]
    migrate(stack)
    assert readiness(stack) == [200, 200]
