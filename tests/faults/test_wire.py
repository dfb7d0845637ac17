"""What happens between a phone and the server."""

from tests.faults.load import SOON
from tests.faults.stack import Stack
from tests.faults.wire import Wire, to_port

CUT = ("RemoteProtocolError", "ReadError")


def test_answers_that_are_lost_on_the_way_make_no_second_vote(stack: Stack) -> None:
    with Wire(to_port(stack.front_port), losing=0.3).up() as wire, stack.night(url=wire.url) as night:
        night.goes_on(100)
        wire.losing = 0.0
        assert night.reckon("3 of 10 answers lost", lost=wire.lost, allowed=CUT) < SOON
    assert wire.lost > 10
