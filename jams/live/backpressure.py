"""How far a socket's client is behind."""

from typing import Any


def unsent_bytes(send: Any) -> int:
    """Return the bytes that were sent to a socket and that its client's network has not taken yet.

    daphne has no back pressure and keeps them all in memory: ASGI's `send` is a partial that holds its protocol, whose
    Twisted transport knows. Under a server that waits in `send` by itself the answer is 0.
    """
    protocol = next(iter(getattr(send, "args", ())), None)
    transport = getattr(protocol, "transport", None)
    written = len(getattr(transport, "dataBuffer", b"")) - getattr(transport, "offset", 0)
    return written + getattr(transport, "_tempDataLen", 0)
