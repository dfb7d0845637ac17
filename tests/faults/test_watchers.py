"""Those who watch the site may be away: nobody else notices."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.faults.load import SOON
from tests.faults.stack import Stack
from tests.servers import wait_until

pytestmark = pytest.mark.faults
ERRORS = 20


@contextmanager
def silent_service() -> Iterator[int]:
    """Take connections on a port and never say a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        kept: list[socket.socket] = []

        def listen() -> None:
            try:
                while True:
                    kept.append(listener.accept()[0])
            except OSError:
                return

        threading.Thread(target=listen, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        for one in kept:
            one.close()


def test_errors_that_sentry_does_not_take_cost_nobody_anything(stack: Stack) -> None:
    stack.expect("ProgrammingError", "UndefinedTable", "Traceback", "Internal Server Error", "accounts_apitoken")
    with silent_service() as port, stack.night() as night:
        for number in (0, 1):
            stack.replace(number, SENTRY_DSN=f"http://key@127.0.0.1:{port}/1")
        night.goes_on()
        stack.records.run("ALTER TABLE accounts_apitoken RENAME TO elsewhere")  # which no guest needs
        began = time.monotonic()
        report, token = f"{stack.url}/api/v1/jams/anything/report", {"Authorization": "Bearer anything"}
        answers = [httpx.get(report, headers=token, timeout=30).status_code for _ in range(ERRORS)]
        seconds = (time.monotonic() - began) / ERRORS
        stack.records.run("ALTER TABLE elsewhere RENAME TO accounts_apitoken")
        night.goes_on()
        assert night.reckon("Sentry silent, 20 errors", each=seconds) < SOON
        for number in (0, 1):
            stack.replace(number)
    assert answers == [500] * ERRORS
    kept = "SELECT sum(count) FROM operations_errorreport WHERE strpos(kind, 'ProgrammingError') > 0"
    wait_until(lambda: stack.records.run(kept)[0][0] == ERRORS)
