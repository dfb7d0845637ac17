"""Graceful shutdown of a server process: accept no new connections, close WebSockets, finish in-flight requests."""

import asyncio
from contextlib import suppress
from functools import partial
from typing import Any

from jams.live.hub import hub
from operations.server.draining import draining

DRAIN_TIMEOUT_SECONDS = 10.0  # for in-flight requests; a single database statement may take 5 s
POLL_SECONDS = 0.05
FLUSH_SECONDS = 0.5  # for sending the last bytes after the last response


class RequestTracker:
    """Wraps the ASGI application that serves the pages, and counts its in-flight requests.

    While the process is draining, every response has `Connection: close`, so that a proxy opens its next connection
    to another process.
    """

    def __init__(self, application: Any) -> None:
        self.application = application
        self.in_flight = 0

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self.in_flight += 1
        try:
            await self.application(scope, receive, partial(self._send, send))
        finally:
            self.in_flight -= 1

    async def _send(self, send: Any, message: dict[str, Any]) -> None:
        if draining.is_set() and message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
        await send(message)


async def shut_down_gracefully(ports: list[Any], requests: RequestTracker) -> None:
    """Stop listening on Twisted's `ports`, close all sockets, and return once every in-flight request is finished.

    This takes at most DRAIN_TIMEOUT_SECONDS and a flush. Connections to a closed port are refused at once, so a load
    balancer tries the next server.
    """
    for port in ports:
        port.stopListening()
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_TIMEOUT_SECONDS):
            while requests.in_flight:
                await _close_sockets_for(POLL_SECONDS)
    await _close_sockets_for(FLUSH_SECONDS)


async def _close_sockets_for(seconds: float) -> None:
    """Close the sockets, also those that were still being opened when the ports were closed."""
    await hub.close_sockets()
    await asyncio.sleep(seconds)
    await hub.close_sockets()
