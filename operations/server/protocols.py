"""daphne's protocols with limits: on the time a request takes to arrive, on its body, and on what a socket sends.

Without a proxy in front, these classes are the first to see what a stranger sends (docs/adr/0023).
"""

import time
from io import BytesIO
from typing import Any
from urllib.parse import unquote

from daphne import http_protocol, ws_protocol
from django.conf import settings
from twisted.web import http

from core.http.body_limit import get_max_body_bytes
from jams.live import close_codes
from jams.live.backpressure import buffered_bytes

UPLOAD_SECONDS = 300  # for a picture or a list of songs to arrive; for everything else, Twisted's 60 s
MAX_HANDSHAKE_BYTES = 32 * 1024  # a WebSocket may send these before it is accepted; Twisted allows 16 KB of headers
FRAMES_AT_ONCE = 60
FRAMES_PER_SECOND = 5  # a page sends one frame in 20 s, the answer to a ping
STALLED_BYTES = 64 * 1024  # at least as many unsent bytes ...
STALLED_SECONDS = 20.0  # ... for as long: the client does not read
TOO_LARGE = b"HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Channel(http.HTTPChannel):
    """A connection on which each request, body included, must arrive within `timeOut`, however it drips.

    Twisted starts the time again with every byte.
    """

    def resetTimeout(self) -> None:  # noqa: N802  (Twisted's name)
        pass


class Request(http_protocol.WebRequest):  # type: ignore[misc]  # daphne has no type hints
    """A request whose body is refused before any of it is stored if it is too long.

    A length that is declared is known with the headers: the request goes to Django at once and without its body, and
    `core.http.body_limit` answers. A body in chunks is counted, kept in memory, and cut off at BODY_MAX_BYTES on every
    path, because browsers declare the length of uploads.
    """

    max_bytes = 0
    received = 0

    def gotLength(self, length: int | None) -> None:  # noqa: N802  (Twisted's name)
        """Prepare for a body of `length` bytes, None if it comes in chunks; all headers have been received."""
        self.requestHeaders.removeHeader(b"Daphne-Root-Path")  # daphne would put it in front of every link
        if length is None:
            self.max_bytes = settings.BODY_MAX_BYTES
            self.content = BytesIO()
            return
        self.max_bytes = get_max_body_bytes(unquote(self.channel._path.decode("latin-1")))
        if length > self.max_bytes:
            self.requestHeaders.removeHeader(b"Expect")
            self.channel.length = length = 0  # so Twisted takes the request for complete
            self.channel.persistent = False  # what else comes is not the next request
        elif length > settings.BODY_MAX_BYTES:
            self.channel.setTimeout(UPLOAD_SECONDS)
        super().gotLength(length)

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802  (Twisted's name)
        before, self.received = self.received, self.received + len(data)
        if self.received <= self.max_bytes:
            super().handleContentChunk(data)
        elif before <= self.max_bytes:
            self.channel.transport.write(TOO_LARGE)
            self.channel.loseConnection()

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:  # noqa: N802  (Twisted's name)
        if self.received <= self.max_bytes:
            super().requestReceived(command, path, version)


class HTTPFactory(http_protocol.HTTPFactory):  # type: ignore[misc]  # daphne has no type hints
    protocol = Channel

    def buildProtocol(self, addr: Any) -> Channel:  # noqa: N802  (Twisted's name)
        channel: Channel = super().buildProtocol(addr)
        channel.requestFactory = Request
        return channel


class WebSocketProtocol(ws_protocol.WebSocketProtocol):  # type: ignore[misc]  # daphne has no type hints
    """A WebSocket that costs little memory and time, whatever its client does.

    It may send few frames, because pages send none except pongs. While its client does not read, nothing is read from
    it either, so pongs cannot pile up; if that lasts, it is closed.
    """

    def dataReceived(self, data: bytes) -> None:  # noqa: N802  (Twisted's name)
        if self.state == self.STATE_CONNECTING and len(self.data) + len(data) > MAX_HANDSHAKE_BYTES:
            self.dropConnection(abort=True)
        else:
            super().dataReceived(data)

    def onOpen(self) -> None:  # noqa: N802  (autobahn's name)
        self.frames_left, self.counted_at = float(FRAMES_AT_ONCE), time.monotonic()
        self.drained_at = time.monotonic()
        self.unregisterProducer()
        self.registerProducer(self.transport, True)
        super().onOpen()

    def onFrameBegin(self) -> None:  # noqa: N802  (autobahn's name)
        super().onFrameBegin()
        now = time.monotonic()
        refilled = self.frames_left + (now - self.counted_at) * FRAMES_PER_SECOND
        self.frames_left, self.counted_at = min(refilled, FRAMES_AT_ONCE) - 1, now
        if self.frames_left < 0:  # also while it is being closed because of a broken frame
            self.refuse(close_codes.TOO_MANY_MESSAGES)

    def check_timeouts(self) -> None:
        """Close the socket if its client has not read for long; daphne calls this every 2 s."""
        super().check_timeouts()
        if self.state != self.STATE_OPEN:
            return
        now = time.monotonic()
        if buffered_bytes(self.transport) < STALLED_BYTES:
            self.drained_at = now
        elif now - self.drained_at > STALLED_SECONDS:
            self.refuse(close_codes.TOO_SLOW)

    def refuse(self, code: int) -> None:
        """Send the close `code` and read nothing more; autobahn aborts the connection a second later."""
        self.sendClose(code)
        self.unregisterProducer()
        self.transport.pauseProducing()
        self.data = b""
