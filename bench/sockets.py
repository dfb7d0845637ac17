"""Thousands of connected phones in one process: a WebSocket client that only reads frames and answers pings."""

import asyncio
import re
import time
from collections.abc import Callable

VOTES_PATTERN = re.compile(rb'id="votes-(\d+)"[^>]*>(\d+)<')
SHORT, MIDDLE = 126, 127  # lengths that mean "the length follows", in 2 and in 8 bytes
TEXT, PING, PONG = 0x81, 0x89, 0x8A
MASKED, NO_MASK = 0x80, bytes(4)  # what a client sends has a mask; one of zeros changes nothing


class Phone(asyncio.Protocol):
    """A socket that calls `received(phone, frame, time)` for every text frame."""

    def __init__(self, port: int, path: str, received: Callable[["Phone", bytes, float], None]) -> None:
        self.port, self.path, self.received = port, path, received
        self.buffer = bytearray()
        self.open = asyncio.get_running_loop().create_future()
        self.closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        host = f"127.0.0.1:{self.port}"
        lines = [f"GET {self.path} HTTP/1.1", f"Host: {host}", f"Origin: http://{host}", "Upgrade: websocket"]
        lines += ["Connection: Upgrade", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13"]
        transport.write(("\r\n".join(lines) + "\r\n\r\n").encode())  # type: ignore[attr-defined]  # a WriteTransport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.open.done():
            head, found, rest = bytes(self.buffer).partition(b"\r\n\r\n")
            if not found:
                return
            self.buffer = bytearray(rest)
            if head.startswith(b"HTTP/1.1 101"):
                self.open.set_result(None)
            else:
                self.open.set_exception(ConnectionError(head[:40].decode("latin-1")))
        while self._take_frame():
            pass

    def _take_frame(self) -> bool:
        buffer = self.buffer
        if len(buffer) < 2:
            return False
        length, start = buffer[1], 2
        if length == SHORT:
            length, start = int.from_bytes(buffer[2:4]), 4
        elif length == MIDDLE:
            length, start = int.from_bytes(buffer[2:10]), 10
        if len(buffer) < start + length:
            return False
        kind, frame = buffer[0], bytes(buffer[start : start + length])
        del buffer[: start + length]
        if kind == TEXT:
            self.received(self, frame, time.perf_counter())
        elif kind == PING:
            # A pong must repeat the bytes of the ping, or the server closes the connection.
            self.transport.write(bytes([PONG, MASKED | length]) + NO_MASK + frame)  # type: ignore[attr-defined]  # a WriteTransport
        return True

    def connection_lost(self, error: Exception | None) -> None:
        self.closed = True
        if not self.open.done():
            self.open.set_exception(error or ConnectionError("closed"))


async def open_phones(
    port: int, path: str, count: int, received: Callable[[Phone, bytes, float], None], *, at_once: int = 50
) -> list[Phone]:
    """Open `count` sockets, `at_once` at a time, and return them."""
    phones: list[Phone] = []
    loop = asyncio.get_running_loop()
    while len(phones) < count:
        some = [
            loop.create_connection(lambda: Phone(port, path, received), "127.0.0.1", port)
            for _ in range(min(at_once, count - len(phones)))
        ]
        batch = [phone for _transport, phone in await asyncio.gather(*some)]
        await asyncio.gather(*(phone.open for phone in batch))
        phones += batch
    return phones
