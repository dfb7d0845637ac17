"""Without a proxy in front: a body must not reach the disk before it is refused, and a socket must not fill memory."""

import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from daphne.ws_protocol import WebSocketProtocol
from django.conf import settings
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.web.http import Request

from core.http.body_limit import get_max_body_bytes
from jams.live.close_codes import TOO_MANY_MESSAGES, TOO_SLOW
from operations.server import protocols
from tests.builders import make_jam
from tests.live.test_rubbish import BINARY, CLOSE, CONTINUED, FINAL, PING, TEXT, connection, frame, in_pieces, outcome
from tests.servers import Server, wait_until

pytestmark = pytest.mark.once
GIGABYTE = 1024**3
CHUNK = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"  # 64 KB


def head(path: str, *headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/octet-stream", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


def read_all(wire: socket.socket) -> bytes:
    """Return what the server says until it hangs up."""
    said = b""
    try:
        while got := wire.recv(65536):
            said += got
    except ConnectionError:
        pass
    return said


@contextmanager
def temporary_files_of(server: Server, folder: Path) -> Iterator[Callable[[], list[str]]]:
    """Yield a function that lists the files in `folder` that the server holds open, deleted ones included."""

    def find() -> list[str]:
        links = Path(f"/proc/{server.process.pid}/fd").iterdir()
        names = [str(link.readlink()) for link in links if link.is_symlink()]
        return [name for name in names if name.startswith(str(folder))]

    yield find


@pytest.mark.parametrize("path", ["/", "/jams/x/me/join/", "/admin/login/", "/api/v1/jams", "/nowhere?x=/admin/"])
@pytest.mark.parametrize("more", [(), ("Expect: 100-continue",)], ids=["plain", "asks first"])
def test_a_declared_gigabyte_is_refused_before_it_is_sent(server: Server, path: str, more: tuple[str, ...]) -> None:
    server.expect("Content Too Large")
    with closing(connection(server)) as wire:
        wire.sendall(head(path, f"Content-Length: {GIGABYTE}", *more))
        answer = read_all(wire)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"\r\nconnection: close\r\n" in answer.lower()
    assert answer.count(b"HTTP/1.1 ") == 1


def test_the_rest_of_a_refused_body_is_not_the_next_request(server: Server) -> None:
    server.expect("Content Too Large")
    with closing(connection(server)) as wire:
        wire.sendall(head("/", f"Content-Length: {GIGABYTE}") + b"GET /about/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert read_all(wire).count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("path", ["/", "/admin/login/"])
def test_an_endless_body_in_chunks_is_cut_off_and_not_stored(
    start_server: Callable[..., Server], tmp_path: Path, path: str
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    server = start_server(TMPDIR=str(folder))
    with closing(connection(server)) as wire, temporary_files_of(server, folder) as find:
        wire.sendall(head("/admin/login/", f"Content-Length: {settings.BODY_MAX_BYTES * 2}"))
        wait_until(lambda: find() != [])  # a body that is allowed is stored, and would be found
    wait_until(lambda: find() == [])
    with closing(connection(server)) as wire, temporary_files_of(server, folder) as find:
        wire.sendall(head(path, "Transfer-Encoding: chunked") + CHUNK * (settings.BODY_MAX_BYTES // 0x10000))
        assert find() == []
        with pytest.raises(ConnectionError):  # it stops reading one chunk above the limit
            wire.sendall(CHUNK * (GIGABYTE // 0x100000))
        assert find() == []


def test_a_body_in_chunks_that_ends_is_answered_once(server: Server) -> None:
    with closing(connection(server)) as wire:
        wire.sendall(head("/", "Transfer-Encoding: chunked") + CHUNK * 5 + b"0\r\n\r\n")
        assert read_all(wire) == protocols.TOO_LARGE


def test_an_upload_may_be_larger_than_a_form(server: Server) -> None:
    server.expect("Forbidden")
    size = settings.BODY_MAX_BYTES * 2
    with closing(connection(server)) as wire:
        wire.sendall(head("/admin/login/", f"Content-Length: {size}", "Connection: close") + b"x" * size)
        assert read_all(wire).startswith(b"HTTP/1.1 403 ")


def test_no_header_of_a_visitor_changes_the_links_of_a_page(server: Server) -> None:
    """daphne takes this one for the folder that the site is in, and kept pages would show it to everybody."""
    page = f"{make_jam().get_absolute_url()}running-order/"  # that nobody has asked for
    for folder in ("/evil", ""):
        answer = server.get(page, headers={"Daphne-Root-Path": folder})
        assert (answer.status_code, 'href="/jams/' in answer.text, "/evil" in answer.text) == (200, True, False)


def dripping_channel(clock: Clock) -> tuple[protocols.Channel, StringTransport]:
    channel, transport = protocols.Channel(), StringTransport()
    channel.timeOut, channel.requestFactory = 60, Request
    vars(channel)["callLater"] = clock.callLater
    channel.makeConnection(transport)
    return channel, transport


@pytest.mark.parametrize("start", [b"", head("/", "Content-Length: 1000")], ids=["a header", "a body"])
def test_a_request_that_drips_is_cut_off_after_a_minute(start: bytes) -> None:
    clock = Clock()
    channel, transport = dripping_channel(clock)
    channel.dataReceived(start)
    for _ in range(59):
        clock.advance(1)
        channel.dataReceived(b"x")
    assert not transport.disconnecting
    clock.advance(1)
    assert transport.disconnecting


FLOODS = {
    "empty pings": frame(FINAL | PING) * 10_000,
    "full pings": frame(FINAL | PING, b"x" * 125) * 10_000,
    "pieces of one byte": in_pieces([b"x"] * 10_000),
    "empty pieces": frame(TEXT) + frame(CONTINUED) * 10_000,
    "messages": frame(FINAL | BINARY, b"x") * 10_000,
    "pieces of 4 kB": in_pieces([b"x" * 4096] * 200),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
def test_a_socket_that_floods_is_closed_with_its_code(server: Server, flood: bytes) -> None:
    assert outcome(server, make_jam().slug, flood) == TOO_MANY_MESSAGES


@pytest.mark.django_db(transaction=True)
def test_a_socket_that_says_good_bye_is_not_refused(server: Server) -> None:
    assert outcome(server, make_jam().slug, frame(FINAL | CLOSE, (1000).to_bytes(2))) == 1000


class Socket(protocols.WebSocketProtocol):
    """An open socket without a network; `closed` is what it was closed with."""

    def __init__(self) -> None:
        super().__init__()
        self.closed: list[int] = []
        self.state, self.transport = self.STATE_OPEN, SimpleNamespace(dataBuffer=b"", pauseProducing=lambda: None)

    def sendClose(self, code: int | None = None, reason: str | None = None) -> None:
        assert code is not None
        self.closed.append(code)

    def unregisterProducer(self) -> None:
        pass


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    now = SimpleNamespace(seconds=1000.0)
    monkeypatch.setattr(protocols, "time", SimpleNamespace(monotonic=lambda: now.seconds))
    monkeypatch.setattr(WebSocketProtocol, "check_timeouts", lambda self: None)
    return now


def check_for(open_socket: Socket, clock: Any, seconds: int) -> None:
    for _ in range(seconds // 2):
        clock.seconds += 2
        open_socket.check_timeouts()


def test_a_socket_that_is_being_closed_may_not_flood_either(clock: Any) -> None:
    """After a broken frame, autobahn reads on for a second."""
    rude = Socket()
    rude.state, rude.frames_left, rude.counted_at = rude.STATE_CLOSING, protocols.FRAMES_AT_ONCE, clock.seconds
    for _ in range(protocols.FRAMES_AT_ONCE):
        rude.current_frame = SimpleNamespace(opcode=PING)
        rude.onFrameBegin()
    assert rude.closed == []
    rude.data = b"the rest"
    rude.onFrameBegin()
    assert (rude.closed, rude.data) == ([TOO_MANY_MESSAGES], b"")


def test_a_socket_that_sends_slowly_stays_open(clock: Any) -> None:
    patient = Socket()
    patient.frames_left, patient.counted_at = protocols.FRAMES_AT_ONCE, clock.seconds
    for _ in range(1000):
        clock.seconds += 1 / protocols.FRAMES_PER_SECOND
        patient.current_frame = SimpleNamespace(opcode=PING)
        patient.onFrameBegin()
    assert patient.closed == []


def test_a_socket_that_reads_nothing_for_long_is_closed(clock: Any) -> None:
    stuck = Socket()
    stuck.drained_at = clock.seconds
    stuck.transport.dataBuffer = b"x" * protocols.STALLED_BYTES
    check_for(stuck, clock, 20)
    assert stuck.closed == []
    check_for(stuck, clock, 2)
    assert stuck.closed == [TOO_SLOW]


def test_a_slow_socket_that_catches_up_stays_open(clock: Any) -> None:
    slow = Socket()
    slow.drained_at = clock.seconds
    for _ in range(5):
        slow.transport.dataBuffer = b"x" * protocols.STALLED_BYTES
        check_for(slow, clock, 18)
        slow.transport.dataBuffer = b"x" * (protocols.STALLED_BYTES - 1)
        check_for(slow, clock, 2)
    assert slow.closed == []


def test_only_the_admin_takes_more_than_a_form() -> None:
    assert get_max_body_bytes("/") == get_max_body_bytes("/x/admin/") == settings.BODY_MAX_BYTES
    assert get_max_body_bytes("/admin/venues/") == settings.PICTURE_MAX_BYTES + 1_000_000
