"""Rubbish on the wire: whatever is sent, the server closes properly, says nothing of it, and serves all others."""

import asyncio
import base64
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

import pytest

from tests.builders import make_entry
from tests.servers import PATIENCE, Server
from tests.visitors import Visit, follow

pytestmark = pytest.mark.once
CONTINUED, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
FINAL, RESERVED = 0x80, 0x70
OPEN, CUT = "open", "cut"


def frame(head: int, payload: bytes = b"", *, masked: bool = True) -> bytes:
    """Return one frame; `head` is its first byte: FIN, reserved bits, and the kind of frame."""
    flag, length = 0x80 if masked else 0, len(payload)
    if length < 126:
        size = struct.pack("!B", flag | length)
    elif length < 1 << 16:
        size = struct.pack("!BH", flag | 126, length)
    else:
        size = struct.pack("!BQ", flag | 127, length)
    return bytes([head]) + size + (bytes(4) if masked else b"") + payload


def in_pieces(pieces: list[bytes]) -> bytes:
    """Return one message in as many frames."""
    first, *others, last = pieces
    middle = b"".join(frame(CONTINUED, piece) for piece in others)
    return frame(TEXT, first) + middle + frame(FINAL | CONTINUED, last)


def said(words: bytes) -> bytes:
    return frame(FINAL | TEXT, words)


#: What is sent, and the code with which the server closes; OPEN when it takes no notice.
FRAMES: dict[str, tuple[bytes, int | str]] = {
    "bad UTF-8": (said(b"\xc3\x28"), 1007),
    "a surrogate": (said(b"\xed\xa0\x80"), 1007),
    "half a letter": (said(b"\xc3"), 1007),
    "1.1 MB at once": (said(b"x" * 1_100_000), 1009),
    "1.1 MB in pieces": (in_pieces([b"x" * 4000] * 275), 4008),
    "10,000 pieces": (in_pieces([b"x"] * 10_000), 4008),
    "reserved bits": (frame(FINAL | RESERVED | TEXT, b"x"), 1002),
    "a reserved kind of frame": (frame(FINAL | 0x3, b"x"), 1002),
    "no mask": (frame(FINAL | TEXT, b"x", masked=False), 1002),
    "a ping in pieces": (frame(PING, b"x"), 1002),
    "a long ping": (frame(FINAL | PING, b"x" * 126), 1002),
    "the middle of nothing": (frame(FINAL | CONTINUED, b"x"), 1002),
    "a code that is none": (frame(FINAL | CLOSE, struct.pack("!H", 1005)), CUT),
    "binary": (frame(FINAL | BINARY, b"\0\xff"), OPEN),
    "JSON 10,000 deep": (in_pieces([b"[" * 2500] * 4), OPEN),
    "a name of ours": (said(b'{"type": "_private"}') + said(b'{"type": "websocket.disconnect"}'), OPEN),
    "50 pings": (frame(FINAL | PING, b"x" * 125) * 50, OPEN),
    "5,000 pings": (frame(FINAL | PING, b"x" * 125) * 5000, 4008),
}


def request(line: bytes, *headers: bytes, body: bytes = b"") -> bytes:
    lines = [line + b" HTTP/1.1", b"Host: 127.0.0.1", b"Connection: close", *headers]
    return b"\r\n".join([*lines, b"", body])


def form(fields: bytes) -> bytes:
    return request(b"POST JAM/me/join/", FORM, b"COOKIE", b"Content-Length: %d" % len(fields), body=fields)


def chunks(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)


FORM = b"Content-Type: application/x-www-form-urlencoded"
CHUNKED = b"Transfer-Encoding: chunked"
#: What is sent, with JAM for the path of a jam and COOKIE for a visitor's cookies, and the status; CUT without one.
REQUESTS: dict[str, tuple[bytes, int | str]] = {
    "2,000 fields": (form(b"&".join(b"f%d=1" % number for number in range(2000))), 400),
    "3 MB": (form(b"x" * 3_000_000), 413),
    "3 MB in chunks": (request(b"POST JAM/me/join/", FORM, b"COOKIE", CHUNKED, body=chunks(b"x" * 3_000_000)), 413),
    "bad letters in a form": (form(b"name=%zz%ff%ed%a0%80%00"), 403),
    "no boundary": (
        request(b"POST JAM/me/join/", b"Content-Type: multipart/form-data", b"Content-Length: 1", body=b"x"),
        400,
    ),
    "10,000 headers": (request(b"GET /", *(b"X-%d: 1" % number for number in range(10_000))), 400),
    "a header of 100 KB": (request(b"GET /", b"X: " + b"x" * 100_000), CUT),
    "a path of 100 KB": (request(b"GET /" + b"x" * 100_000), CUT),
    "a length that is none": (request(b"POST /", b"Content-Length: x"), 400),
    "a length below nothing": (request(b"POST /", b"Content-Length: -5"), 400),
    "two lengths": (request(b"POST /", b"Content-Length: 5", b"Content-Length: 6", body=b"abcdef"), 400),
    "a length and chunks": (request(b"POST /", b"Content-Length: 6", CHUNKED, body=b"0\r\n\r\nG"), 400),
    "another encoding": (request(b"POST /", b"Transfer-Encoding: xchunked", body=b"0\r\n\r\n"), 400),
    "chunks that are none": (request(b"POST /", CHUNKED, body=b"zz\r\nabc\r\n0\r\n\r\n"), 400),
    "NUL in the path": (request(b"GET /\0"), 400),
    "NUL in a header": (request(b"GET /", b"X: \0"), 400),
    "NUL in a name": (request(b"GET JAM%00/"), 404),
    "NUL in a search": (request(b"GET /search/?q=%00"), 400),
    "bad letters in the path": (request(b"GET /%zz%ff%c3%28"), 404),
    "bad letters in a search": (request(b"GET /search/?q=%zz%ff%ed%a0%80"), 200),
    "bad letters in a cookie": (request(b"GET /", b"Cookie: sessionid=\xff; jamsite=\xff; ;;=="), 200),
    "a host that is none": (b"GET / HTTP/1.1\r\nHost: e vil\r\nConnection: close\r\n\r\n", 400),
    "a method that is none": (request(b"G\0T /"), 400),
    "another protocol": (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400),
    "a version that is none": (b"GET / HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n", 400),
}


def connection(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), PATIENCE)


def outcome(server: Server, slug: str, rubbish: bytes) -> int | str:
    """Open a jam's socket and send `rubbish`; return the code of the close frame, CUT without one, or OPEN."""
    key = base64.b64encode(os.urandom(16))
    upgrade = [
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Version: 13",
        b"Sec-WebSocket-Key: " + key,
    ]
    lines = [f"GET /ws/jams/{slug}/ HTTP/1.1".encode(), b"Host: 127.0.0.1", *upgrade]
    head = b"\r\n".join([*lines, b"Origin: http://127.0.0.1", b"", b""])
    with closing(connection(server)) as wire, wire.makefile("rwb") as stream:
        try:
            stream.write(head)
            stream.flush()
            while stream.readline() != b"\r\n":
                pass
            stream.write(rubbish + frame(FINAL | PING, b"still there?"))
            stream.flush()
            return next(told(stream), CUT)
        except OSError:
            return CUT


def told(stream: Any) -> Iterator[int | str]:
    """Yield the code of each close frame that comes, and OPEN for the answer to "still there?"."""
    while len(head := stream.read(2)) == 2:
        length = head[1]
        if length > 125:
            length = int.from_bytes(stream.read(2 if length == 126 else 8))
        payload = stream.read(length)
        if head[0] & 0xF == CLOSE:
            yield int.from_bytes(payload[:2])
        if payload == b"still there?":
            yield OPEN


def test_a_broken_socket_is_closed_with_its_code_and_the_others_go_on(server: Server, visit: Visit) -> None:
    entry = make_entry()
    visitor, slug = visit(server, entry.jam), entry.jam.slug

    async def scenario() -> tuple[dict[str, int | str], dict[int, int]]:
        async with follow(server, slug) as polite:
            await polite.next_frame()
            rude = {name: await asyncio.to_thread(outcome, server, slug, sent) for name, (sent, _) in FRAMES.items()}
            await asyncio.to_thread(visitor.tap, entry)
            await polite.next_frame()
            return rude, polite.counts

    closed, counts = asyncio.run(scenario())
    assert closed == {name: code for name, (_sent, code) in FRAMES.items()}
    assert counts == {entry.pk: 1}


def answer(server: Server, rubbish: bytes) -> int | str:
    """Return the status that `rubbish` is answered with, or CUT."""
    with closing(connection(server)) as wire, wire.makefile("rb") as stream:
        try:
            with suppress(OSError):  # it may hang up before it has heard all of it
                wire.sendall(rubbish)
            line = stream.readline()
        except OSError:
            return CUT
        return int(line.split()[1]) if line else CUT


def test_a_broken_request_is_refused_and_never_breaks_the_server(server: Server, visit: Visit) -> None:
    server.expect("Bad Request|Not Found|Content Too Large|Forbidden")
    jam = make_entry().jam
    visitor = visit(server, jam)
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.http.cookies.items())
    words = {b"JAM": jam.get_absolute_url().rstrip("/").encode(), b"COOKIE": f"Cookie: {cookies}".encode()}

    def filled(rubbish: bytes) -> bytes:
        for word, meaning in words.items():
            rubbish = rubbish.replace(word, meaning)
        return rubbish

    statuses = {name: answer(server, filled(sent)) for name, (sent, _status) in REQUESTS.items()}
    assert statuses == {name: status for name, (_sent, status) in REQUESTS.items()}
