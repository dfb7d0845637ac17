"""A connection to PostgreSQL whose client also enforces a timeout.

The server enforces `statement_timeout`. A server that hangs, or that the network cut off, enforces nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection as django_connection
from psycopg import Connection, OperationalError
from psycopg.errors import _WaitTimeout
from psycopg_pool import ConnectionPool

CHECK_TIMEOUT_SECONDS = 2.0
LIMITS = ("statement_timeout", "idle_in_transaction_session_timeout")
WAIT_INTERVAL_SECONDS = 0.1  # psycopg's default


class TimeoutConnection(Connection[Any]):
    """Raises OperationalError, and closes, if the server does not answer for `response_timeout` seconds.

    The settings make it a little longer than the server's own limit; None waits for ever, as a migration may have to.
    """

    response_timeout: float | None = None

    def wait(self, gen: Any, interval: float = WAIT_INTERVAL_SECONDS, timeout: float | None = None) -> Any:
        if timeout is not None or self.response_timeout is None:  # psycopg's own timeout, which psycopg handles
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, self.response_timeout)
        except _WaitTimeout:
            self.pgconn.finish()
            raise OperationalError(f"no answer for {self.response_timeout:.0f} seconds") from None


def check_connection(connection: TimeoutConnection) -> None:
    """Raise OperationalError unless the server answers within CHECK_TIMEOUT_SECONDS.

    The pool calls this before it hands out a connection.
    """
    connection.response_timeout = CHECK_TIMEOUT_SECONDS
    ConnectionPool.check_connection(connection)
    del connection.response_timeout  # back to that of the class


@contextmanager
def lift_statement_limit() -> Iterator[None]:
    """Let the statements of this thread take as long as they need, as those of a migration must.

    Only for a process that serves nobody yet: its other threads wait longer for a server that hangs as well.
    """
    if django_connection.vendor != "postgresql":
        yield
        return
    patience, TimeoutConnection.response_timeout = TimeoutConnection.response_timeout, None
    _execute(*(f"SET {name} = 0" for name in LIMITS))
    try:
        yield
    finally:
        _execute(*(f"RESET {name}" for name in LIMITS))  # the connection goes back to the pool
        TimeoutConnection.response_timeout = patience


def _execute(*statements: str) -> None:
    with django_connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
