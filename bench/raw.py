"""The raw limit: an ASGI application that sends the same bytes to everybody, without Django."""

from typing import Any

BODY = b"x" * 6_000  # about the size of a compressed page


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(BODY))]})
    await send({"type": "http.response.body", "body": BODY})
