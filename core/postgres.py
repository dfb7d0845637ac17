"""A connection to PostgreSQL that does not wait for ever.

`statement_timeout` is kept by the server, so a server that is frozen, or that the network has lost, keeps nobody's.
"""

from typing import Any

from psycopg import Connection, OperationalError
from psycopg.errors import _WaitTimeout
from psycopg_pool import ConnectionPool

RESPONSE_TIMEOUT_SECONDS = 6.0  # a statement may take 5
CHECK_TIMEOUT_SECONDS = 2.0


class TimeoutConnection(Connection[Any]):
    """Raises OperationalError, and is of no use any more, when the server is silent for too long."""

    response_timeout = RESPONSE_TIMEOUT_SECONDS

    def wait(self, *arguments: Any, timeout: float | None = None, **options: Any) -> Any:
        if timeout is not None:  # psycopg's own, and it deals with what comes of it
            return super().wait(*arguments, timeout=timeout, **options)
        try:
            return super().wait(*arguments, timeout=self.response_timeout, **options)
        except _WaitTimeout:
            self.pgconn.finish()
            raise OperationalError(f"no answer for {self.response_timeout:.0f} seconds") from None


def check_connection(connection: TimeoutConnection) -> None:
    """Raise OperationalError unless the server answers soon; the pool asks before it hands a connection out."""
    connection.response_timeout = CHECK_TIMEOUT_SECONDS
    ConnectionPool.check_connection(connection)
    connection.response_timeout = RESPONSE_TIMEOUT_SECONDS
