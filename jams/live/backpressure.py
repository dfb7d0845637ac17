"""Measure how much data a slow WebSocket client has not received yet."""

from typing import Any


def unsent_bytes(send: Any) -> int:
    """Return the number of bytes sent to a socket that are still in the server's buffer.

    daphne has no back pressure: it keeps all unsent bytes in memory. Its ASGI `send` is a partial that holds the
    protocol, whose Twisted transport has the buffers. Under a server whose `send` waits for the client, this returns 0.
    """
    protocol = next(iter(getattr(send, "args", ())), None)
    return buffered_bytes(getattr(protocol, "transport", None))


def buffered_bytes(transport: Any) -> int:
    """Return the number of bytes in the buffers of a Twisted transport."""
    written = len(getattr(transport, "dataBuffer", b"")) - getattr(transport, "offset", 0)
    return written + getattr(transport, "_tempDataLen", 0)
