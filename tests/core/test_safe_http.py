"""The guard of every link that the server follows, against a server that means no good."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from core import safe_http
from core.network import find_free_port
from core.safe_http import BlockedUrlError, UnreachableError, fetch_url, is_public_address
from tests.servers import PATIENCE

DROPS = 20 * PATIENCE  # one every 50 ms: whoever waits for the last of them gets a whole answer
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nHello"


def drip(client: socket.socket) -> None:
    client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(DROPS):
        client.sendall(b".")
        threading.Event().wait(0.05)


def drip_headers(client: socket.socket) -> None:
    for _ in range(DROPS):
        client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        threading.Event().wait(0.05)
    client.sendall(OK)


def endless(client: socket.socket) -> None:
    client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        client.sendall(b"x" * 65_536)


class HostileServer:
    """Answers every connection with `answer`, bytes or a function that misbehaves; `asked` is what it was sent."""

    def __init__(self) -> None:
        self.answer: bytes | Callable[[socket.socket], None] = OK
        self.asked: list[str] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        with suppress(OSError):  # closed at the end of the test
            while True:
                client, _address = self.listener.accept()
                threading.Thread(target=self.talk, args=[client], daemon=True).start()

    def talk(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            self.asked.append(client.recv(65_536).decode(errors="replace"))
            if callable(self.answer):
                self.answer(client)
            else:
                client.sendall(self.answer)


@pytest.fixture
def stranger() -> Iterator[HostileServer]:
    """A server that nobody allowed."""
    server = HostileServer()
    yield server
    server.listener.close()


@pytest.fixture
def hostile(settings: Any) -> Iterator[HostileServer]:
    """A server that stands for one on the internet."""
    server = HostileServer()
    settings.FETCH_ALSO = [("127.0.0.1", server.port)]
    yield server
    server.listener.close()


def resolving_to(*addresses: str) -> safe_http.Resolver:
    return lambda host, port: [(address, port) for address in addresses]


def test_a_fetch_sends_our_name_and_nothing_else_of_ours(hostile: HostileServer, settings: Any) -> None:
    settings.BASE_URL = "https://jam.example"
    fetched = fetch_url(f"{hostile.url}sheet.pdf?key=Ä")
    assert (fetched.status, fetched.content_type, fetched.body) == (200, "text/plain", b"Hello")
    assert hostile.asked[0].split("\r\n") == [
        "GET /sheet.pdf?key=%C3%84 HTTP/1.1",
        f"Host: 127.0.0.1:{hostile.port}",
        "User-Agent: Jamsite link check (+https://jam.example)",
        "Accept: */*",
        "Accept-Encoding: identity",
        "Connection: close",
        "",
        "",
    ]


@pytest.mark.parametrize("status", [404, 410, 500])
def test_an_error_of_the_other_server_is_an_answer(hostile: HostileServer, status: int) -> None:
    hostile.answer = b"HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n" % status
    assert fetch_url(hostile.url).status == status


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.9.10", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "192.0.0.170", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1",
        "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::7f00:1", "64:ff9b::7f00:1", "64:ff9b::8.8.8.8", "64:ff9b:1::1",
        "2002:7f00:1::", "2001:0:7f00:1::", "2001:db8::1", "fc00::1", "fd00:ec2::254", "ff0e::1", "5f00::1",
    ],
)  # fmt: skip
def test_an_address_that_is_not_public_is_known(address: str) -> None:
    assert not is_public_address(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "193.99.144.80", "2606:4700:4700::1111", "2a02:2e0:3fe:1001::1"])
def test_a_public_address_is_known(address: str) -> None:
    assert is_public_address(address)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0", "[::1]", "[::ffff:7f00:1]",
        "[::ffff:127.0.0.1]", "127.0.0.1.", "①②⑦.⓪.⓪.①", "127。0。0。1", "LOCALHOST",
    ],
)  # fmt: skip
def test_no_spelling_of_this_machine_is_asked_anything(stranger: HostileServer, settings: Any, host: str) -> None:
    settings.FETCH_ALSO = [("192.0.2.1", stranger.port)]  # so that its port alone does not save it
    with pytest.raises((BlockedUrlError, UnreachableError)):
        fetch_url(f"http://{host}:{stranger.port}/")
    assert stranger.asked == []


@pytest.mark.parametrize(
    "link",
    [
        "file:///etc/passwd", "gopher://8.8.8.8/", "ftp://8.8.8.8/", "//8.8.8.8/", "8.8.8.8", "", "javascript:alert(1)",
        "http://", "http:///path", "http://8.8.8.8:22/", "http://8.8.8.8:6379/", "http://8.8.8.8:99999/",
        "http://me@8.8.8.8/", "http://me:secret@8.8.8.8/", "http://@8.8.8.8/", "http://8.8.8.8\\@127.0.0.1/",
        "http://8.8.8.8/\r\nX-Injected: 1", "http://8.8.8.8/ ", "http://[::1/", "http://8.8.8.8/" + "x" * 2000,
        "http://" + "x" * 64 + ".example/",
    ],
)  # fmt: skip
def test_only_plain_links_to_the_web_are_followed(link: str) -> None:
    with pytest.raises(BlockedUrlError):
        fetch_url(link, resolve=resolving_to())


def test_one_inner_address_among_public_ones_is_enough_to_refuse(stranger: HostileServer, settings: Any) -> None:
    settings.FETCH_ALSO = [("192.0.2.1", stranger.port)]
    with pytest.raises(BlockedUrlError):
        fetch_url(f"http://two.example:{stranger.port}/", resolve=resolving_to("8.8.8.8", "127.0.0.1"))
    assert stranger.asked == []


def test_a_name_is_asked_for_once_and_its_checked_address_is_used(hostile: HostileServer) -> None:
    answers = [[("127.0.0.1", hostile.port)], [("10.0.0.1", hostile.port)]]
    fetched = fetch_url(f"http://changes.example:{hostile.port}/", resolve=lambda host, port: answers.pop(0))
    assert (fetched.status, len(answers)) == (200, 1)
    assert f"Host: changes.example:{hostile.port}\r\n" in hostile.asked[0]


def test_an_address_that_does_not_answer_is_followed_by_the_next(hostile: HostileServer, settings: Any) -> None:
    away = ("127.0.0.1", find_free_port())
    settings.FETCH_ALSO = [away, *settings.FETCH_ALSO]
    fetched = fetch_url(f"http://two.example:{hostile.port}/", resolve=lambda *_: [away, ("127.0.0.1", hostile.port)])
    assert fetched.status == 200


@pytest.mark.parametrize("location", ["http://localhost:{port}/", "//127.1:{port}/", "file:///etc/passwd", "http://["])
def test_a_redirect_inwards_is_not_followed(
    hostile: HostileServer, stranger: HostileServer, location: str, settings: Any
) -> None:
    settings.FETCH_ALSO = [*settings.FETCH_ALSO, ("192.0.2.1", stranger.port)]
    hostile.answer = b"HTTP/1.1 302 Found\r\nLocation: %s\r\n\r\n" % location.format(port=stranger.port).encode()
    with pytest.raises(BlockedUrlError):
        fetch_url(hostile.url)
    assert stranger.asked == []


def test_a_redirect_is_followed_to_its_end(hostile: HostileServer) -> None:
    def once(client: socket.socket) -> None:
        moved = b"HTTP/1.1 301 Moved\r\nLocation: /new\r\n\r\n"
        client.sendall(moved if len(hostile.asked) == 1 else OK)

    hostile.answer = once
    assert (fetch_url(hostile.url).url, len(hostile.asked)) == (f"{hostile.url}new", 2)


def test_redirects_in_circles_end(hostile: HostileServer) -> None:
    hostile.answer = b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n"
    with pytest.raises(UnreachableError):
        fetch_url(hostile.url)
    assert len(hostile.asked) == 4


def test_of_an_endless_body_the_first_64_kilobytes_are_read(hostile: HostileServer) -> None:
    hostile.answer = endless
    assert fetch_url(hostile.url).body == b"x" * 65_536


@pytest.mark.parametrize("answer", [drip, drip_headers])
def test_who_answers_drop_by_drop_is_left(
    hostile: HostileServer, monkeypatch: pytest.MonkeyPatch, answer: Callable[[socket.socket], None]
) -> None:
    monkeypatch.setattr(safe_http, "TOTAL_SECONDS", 0.3)
    hostile.answer = answer
    with pytest.raises(UnreachableError):
        fetch_url(hostile.url)


def test_a_name_that_is_never_answered_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()

    def slow(host: str, port: int) -> list[safe_http.Address]:
        answered.wait(PATIENCE)
        return []

    monkeypatch.setattr(safe_http, "CONNECT_SECONDS", 0.1)
    with pytest.raises(UnreachableError):
        fetch_url("http://slow.example/", resolve=slow)
    answered.set()


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n"])
def test_what_is_not_http_is_no_answer(hostile: HostileServer, answer: bytes) -> None:
    hostile.answer = answer
    with pytest.raises(UnreachableError):
        fetch_url(hostile.url)


def test_a_server_without_a_certificate_is_no_answer_to_https(hostile: HostileServer) -> None:
    with pytest.raises(UnreachableError):
        fetch_url(hostile.url.replace("http:", "https:"))


def test_nobody_there_is_no_answer(settings: Any) -> None:
    port = find_free_port()
    settings.FETCH_ALSO = [("127.0.0.1", port)]
    with pytest.raises(UnreachableError):
        fetch_url(f"http://127.0.0.1:{port}/")


def test_the_environments_proxy_is_not_used(hostile: HostileServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert fetch_url(hostile.url).status == 200


def test_a_guard_that_is_shipped_lets_nothing_inner_through() -> None:
    from jamsite import settings

    assert settings.FETCH_ALSO == []
