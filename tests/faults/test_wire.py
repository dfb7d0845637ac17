"""What happens between a phone and the site, and between the site and what it needs."""

import time
from pathlib import Path
from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.faults.load import CUT, SOON
from tests.faults.stack import Stack
from tests.faults.wire import Wire, to_port, to_socket

CUT_OFF = 20  # seconds; nobody waits until the machine is back


def test_answers_that_are_lost_on_the_way_make_no_second_vote(stack: Stack) -> None:
    with Wire(to_port(stack.front_port), losing=0.3).up() as wire, stack.night(url=wire.url) as night:
        night.goes_on(100)
        wire.losing = 0.0
        assert night.reckon("3 of 10 answers lost", lost=wire.lost, allowed=CUT) < SOON
    assert wire.lost > 10


@pytest.mark.faults
def test_a_machine_cut_off_from_postgresql_reports_it(stack: Stack) -> None:
    stack.expect("database is unavailable", "Service Unavailable", "Failed to read the board", "psycopg.pool")
    place = Path(str(conninfo_to_dict(stack.records.url)["host"])) / ".s.PGSQL.5432"
    with Wire(to_socket(str(place))).up() as wire, stack.night(people=20) as night:
        stack.replace(0, DATABASE_URL=f"postgresql://postgres@127.0.0.1:{wire.port}/jamsite")
        night.goes_on(100)
        began = time.time()
        with wire.stalled():
            time.sleep(CUT_OFF)
            threads = max(stack.threads())
        waited = max(answer.seconds for answer in night.since(began))
        seen: dict[str, Any] = {"back": night.goes_on(100), "waited": waited, "threads": threads}
        assert night.reckon("one machine cut off from PostgreSQL for 20 s", allowed=[503], **seen) < SOON
        stack.replace(0)
    assert (waited < CUT_OFF, threads < 60) == (True, True)


@pytest.mark.faults
def test_a_machine_that_is_cut_off_from_valkey_serves_from_the_database(stack: Stack) -> None:
    stack.expect(
        "The cache is unavailable",
        "The rate limits are unavailable",
        "The channel layer is unavailable",
        "channels_redis.pubsub",
    )
    with Wire(to_port(stack.valkey.port)).up() as wire, stack.night(people=20) as night:
        stack.replace(0, REDIS_URL=f"redis://127.0.0.1:{wire.port}/0")
        night.goes_on(100)
        began = time.time()
        with wire.stalled():
            time.sleep(CUT_OFF)
            threads = max(stack.threads())
        waited = max(answer.seconds for answer in night.since(began))
        seen: dict[str, Any] = {"back": night.goes_on(100), "waited": waited, "threads": threads}
        assert night.reckon("one machine cut off from Valkey for 20 s", **seen) < SOON
        stack.replace(0)
    assert (waited < CUT_OFF, threads < 60) == (True, True)
