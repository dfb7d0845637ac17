"""PostgreSQL that is restarted, away, frozen, or full while people vote."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import httpx
import psycopg
import pytest

from tests.faults.load import SOON, Night
from tests.faults.stack import Stack

pytestmark = pytest.mark.faults
AWAY = ["database is unavailable", "Service Unavailable", "Failed to read the board", "psycopg.pool"]
DROP_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name <> 'greedy' AND backend_type = 'client backend'
"""
HUNG = (
    20.0  # seconds that nobody may wait, as long as a fault takes; promised are 9, on a machine that does nothing else
)


def slowest(night: Night, since: float) -> float:
    return max((answer.seconds for answer in night.since(since)), default=0.0)


def statuses(stack: Stack, path: str) -> list[int]:
    return [httpx.get(web.url + path, timeout=30).status_code for web in stack.webs]


def test_a_restart_of_postgresql_costs_no_vote(stack: Stack) -> None:
    stack.expect(*AWAY)
    with stack.night() as night:
        night.goes_on()
        began = time.time()
        stack.records.restart()
        back = night.goes_on()
        waited = slowest(night, began)
        assert night.reckon("PostgreSQL restarted", allowed=[503], back=back, waited=waited) < SOON
    assert waited < HUNG


def test_every_answer_is_a_503_while_postgresql_is_away(stack: Stack) -> None:
    stack.expect(*AWAY)
    with stack.night() as night:
        night.goes_on()
        began = time.time()
        stack.records.stop()
        time.sleep(30)
        assert (statuses(stack, "/livez"), statuses(stack, "/readyz")) == ([200, 200], [503, 503])
        waited = slowest(night, began)
        stack.records.start()
        back = night.goes_on()
        assert night.reckon("PostgreSQL away for 30 s", allowed=[503], back=back, waited=waited) < SOON
    assert waited < HUNG


def test_a_frozen_postgresql_makes_nobody_wait_for_long(stack: Stack) -> None:
    stack.expect(*AWAY)
    with stack.night(people=20) as night:
        night.goes_on()
        began = time.time()
        with stack.records.frozen():
            time.sleep(20)
            assert (statuses(stack, "/livez"), statuses(stack, "/readyz")) == ([200, 200], [503, 503])
            threads = max(stack.threads())
        seen = {"back": night.goes_on(), "waited": slowest(night, began), "threads": threads}
        assert night.reckon("PostgreSQL frozen for 20 s", allowed=[503], **seen) < SOON
    assert seen["waited"] < HUNG


@contextmanager
def every_connection_taken(stack: Stack) -> Iterator[None]:
    """Take all connections there are, those that the site has included."""
    with ExitStack() as held:
        first = held.enter_context(psycopg.connect(stack.records.url, autocommit=True, application_name="greedy"))
        for _ in range(3):
            first.execute(DROP_OTHERS)
            with suppress(psycopg.OperationalError):
                while True:
                    held.enter_context(psycopg.connect(stack.records.url, application_name="greedy"))
        yield


def test_a_postgresql_without_a_free_connection_is_a_503_or_an_answer(stack: Stack) -> None:
    stack.expect(*AWAY)
    with stack.night() as night:
        night.goes_on()
        began = time.time()
        with every_connection_taken(stack):
            time.sleep(10)
            waited = slowest(night, began)
        back = night.goes_on()
        assert night.reckon("connections exhausted", allowed=[503], back=back, waited=waited) < SOON
    assert waited < HUNG
