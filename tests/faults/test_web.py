"""Web processes and nginx that are killed, stopped and replaced while people vote."""

import time

import pytest

from tests.faults.load import CUT, SOON
from tests.faults.stack import Stack

#: What a process logs that finds its transactions ended by PostgreSQL.
ENDED = ("database is unavailable", "Service Unavailable", "Failed to read the board", "psycopg.pool")


def test_a_killed_web_process_costs_no_vote(stack: Stack) -> None:
    with stack.night() as night:
        night.goes_on()
        stack.kill(0)
        night.goes_on()
        assert night.reckon("kill -9 of one web process") < SOON


def test_web_processes_are_replaced_without_one_failed_request(stack: Stack) -> None:
    with stack.night() as night:
        night.goes_on()
        night.sockets_are_open()
        codes = [stack.replace(number) for number in (0, 1)]
        back = night.sockets_are_open()
        night.goes_on()
        assert night.reckon("rolling SIGTERM", back=back) < SOON
    assert codes == [0, 0]
    assert {code for phone in night.phones for code in phone.closes} == {4012}


@pytest.mark.faults
def test_web_processes_killed_ten_times_cost_no_vote(stack: Stack) -> None:
    with stack.night(people=10) as night:
        for number in [0, 1] * 5:
            night.goes_on()
            stack.kill(number)
        night.goes_on()
        assert night.reckon("kill -9 ten times") < SOON


@pytest.mark.faults
def test_nginx_is_killed_and_comes_back(stack: Stack) -> None:
    with stack.night() as night:
        night.goes_on()
        night.sockets_are_open()
        stack.kill_nginx()
        time.sleep(2)
        stack.start_nginx()
        back = night.sockets_are_open()
        night.goes_on()
        assert night.reckon("nginx killed, 2 s later back", allowed=CUT, back=back) < SOON


@pytest.mark.faults
def test_the_worker_is_killed_in_the_middle_of_the_night(stack: Stack) -> None:
    with stack.night() as night:
        for _ in range(3):
            night.goes_on()
            stack.kill_worker()
        assert night.reckon("worker killed three times") < SOON


@pytest.mark.faults
def test_a_frozen_web_process_keeps_nobody_waiting_for_ever(stack: Stack) -> None:
    """nginx gives it 35 s to answer, and then asks the other.

    PostgreSQL ends a transaction whose process says nothing for 10 s; who was in the middle of one is to try again.
    """
    stack.expect("took too long to shut down", *ENDED)  # as daphne and the pool see it when they wake up
    with stack.night() as night:
        night.goes_on()
        with stack.web_frozen(0):
            time.sleep(20)
        back = night.goes_on(100)
        slowest = max(answer.seconds for answer in night.answers)
        assert night.reckon("one web process frozen for 20 s", allowed=[503], back=back, slowest=slowest) < SOON
