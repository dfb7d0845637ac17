"""Limits on the open WebSockets of one address and of one browser in this process; a page that is refused polls."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.core.handlers.asgi import ASGIRequest

from core import metrics
from core.client_ip import hash_client_networks
from jams.identity.browser_cookie import read_browser


class SocketLimitMiddleware:
    """Denies a WebSocket above SOCKETS_PER_ADDRESS or, for a browser that has a cookie, SOCKETS_PER_BROWSER."""

    def __init__(self, application: Any) -> None:
        self.application = application
        self.open: Counter[tuple[str, str]] = Counter()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        owners = find_owners(scope)
        if any(self.open[owner] >= limit for owner, limit in owners.items()):
            metrics.rate_limited.labels("sockets").inc()
            await WebsocketDenier()(scope, receive, send)
            return
        with self._counted(owners):
            await self.application(scope, receive, send)

    @contextmanager
    def _counted(self, owners: dict[tuple[str, str], int]) -> Iterator[None]:
        """Count one socket for `owners` until the context ends, also when its task is cancelled."""
        self.open.update(owners.keys())
        try:
            yield
        finally:
            self.open.subtract(owners.keys())
            for owner in owners:
                if not self.open[owner]:
                    del self.open[owner]


def find_owners(scope: dict[str, Any]) -> dict[tuple[str, str], int]:
    """Return to whom a socket with this ASGI `scope` is counted, and how many sockets each of them may have."""
    request = ASGIRequest({**scope, "method": "GET"}, BytesIO())
    networks = hash_client_networks(request)
    owners = {("address", network): share * settings.SOCKETS_PER_ADDRESS for network, share in networks.items()}
    if browser := read_browser(request):
        owners["browser", browser] = settings.SOCKETS_PER_BROWSER
    return owners
