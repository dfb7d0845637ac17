"""How a server process takes its leave: nobody new, sockets told why, requests finished."""

import asyncio
from contextlib import suppress
from functools import partial
from typing import Any

from jams.live.hub import hub
from operations.health import draining

DRAIN_TIMEOUT_SECONDS = 10.0  # for requests that are being answered; a statement of the database may take 5
POLL_SECONDS = 0.05
FLUSH_SECONDS = 0.5  # from the last answer given to the last byte sent


class RequestTracker:
    """The ASGI application of the pages, and how many of its requests are under way.

    While the process drains every answer says that its connection ends here, so that a proxy opens its next one to
    another process.
    """

    def __init__(self, application: Any) -> None:
        self.application = application
        self.under_way = 0

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self.under_way += 1
        try:
            await self.application(scope, receive, partial(self._send, send))
        finally:
            self.under_way -= 1

    async def _send(self, send: Any, message: dict[str, Any]) -> None:
        if draining.is_set() and message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
        await send(message)


async def shut_down_gracefully(ports: list[Any], requests: RequestTracker) -> None:
    """Stop listening on twisted's `ports`, send the sockets elsewhere, and return when every request is answered.

    It takes PATIENCE_SECONDS at most. A closed port refuses at once, and a balancer goes on to the next.
    """
    for port in ports:
        port.stopListening()
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_TIMEOUT_SECONDS):
            while requests.under_way:
                await _close_sockets_for(POLL_SECONDS)
    await _close_sockets_for(FLUSH_SECONDS)


async def _close_sockets_for(seconds: float) -> None:
    """Close the sockets there are; some were on their way in when the ports were closed."""
    await hub.dismiss()
    await asyncio.sleep(seconds)
    await hub.dismiss()
