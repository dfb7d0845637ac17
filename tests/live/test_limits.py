"""Counting by a real server, many at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.builders import make_entry
from tests.servers import Server
from tests.visitors import Visit


def test_of_fifty_taps_at_once_exactly_as_many_as_allowed_are_answered(
    start_server: Callable[..., Server], visit: Visit
) -> None:
    server = start_server(VOTE_RATE="20/d")
    server.expect("Too Many Requests")
    entry = make_entry()
    visitor = visit(server, entry.jam)
    with ThreadPoolExecutor(50) as threads:
        answers = list(threads.map(lambda _: visitor.tap(entry), range(50)))
    assert sorted(answer.status_code for answer in answers) == [200] * 20 + [429] * 30
    assert {"retry-after" in answer.headers for answer in answers if answer.status_code == 429} == {True}
