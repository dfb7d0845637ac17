"""Which pages may open a live socket: our own."""

from typing import Any
from urllib.parse import urlsplit

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import split_domain_port, validate_host


class SameOriginMiddleware:
    """Refuses a socket whose Origin is neither the host that it asks for nor one of CSRF_TRUSTED_ORIGINS.

    Channels' own AllowedHostsOriginValidator would also let a page on another port of an allowed host in.
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
    """Whether a page from `origin` (like "https://jam.example") may talk to us as `host` (like "jam.example")."""
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    domain, _port = split_domain_port(host)
    if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        return False
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in _schemes() and parts.netloc.lower() == host.lower()


def _schemes() -> tuple[str, ...]:
    return ("https",) if settings.HTTPS else ("http", "https")
