"""Web processes and nginx that are killed, stopped and replaced while people vote."""

import pytest

from tests.faults.load import SOON
from tests.faults.stack import Stack


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
