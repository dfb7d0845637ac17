"""Only our own pages may open a WebSocket (protection from cross-site WebSocket hijacking)."""

from typing import Any
from urllib.parse import urlsplit

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import split_domain_port, validate_host


class SameOriginMiddleware:
    """Denies a WebSocket whose Origin is neither the requested host nor in CSRF_TRUSTED_ORIGINS.

    Channels' AllowedHostsOriginValidator would also accept a page on another port of an allowed host.
    """

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        headers = dict(scope["headers"])
        origin = headers.get(b"origin", b"").decode("latin-1")
        host = headers.get(b"host", b"").decode("latin-1")
        allowed = is_same_origin(origin, host)
        await (self.application if allowed else WebsocketDenier())(scope, receive, send)


def is_same_origin(origin: str, host: str) -> bool:
    """Return whether a page from `origin` ("https://jam.example") may connect to `host` ("jam.example")."""
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    domain, _port = split_domain_port(host)
    if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        return False
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    schemes = ("https",) if settings.HTTPS else ("http", "https")
    return parts.scheme in schemes and parts.netloc.lower() == host.lower()
