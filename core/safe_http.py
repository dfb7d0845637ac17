"""Safe HTTP: follow a link that somebody gave us without server-side request forgery (SSRF).

A name is resolved once, every address behind it has to be public, and the connection is pinned to an address that was
checked, so a name that answers differently the next moment (DNS rebinding) gains nothing. Each redirect is checked like
a new link. Ports, bytes and the total time are limited. The environment's proxies are not used. Why this is ours and
not requests-hardened: docs/adr/0002-ssrf-guard.md.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from django.conf import settings

CONNECT_SECONDS = 3.0  # for the name, and again for each address
TOTAL_SECONDS = 10.0  # for everything, redirects included
MAX_BYTES = 64 * 1024  # of a body; the rest is left unread
MAX_REDIRECTS = 3
MAX_LINK = 2000  # characters
PORTS = {"http": 80, "https": 443}
SAFE_IN_LINKS = "/%:@!$&'()*+,;=~-._?"

PUBLIC_IPV6 = ipaddress.ip_network("2000::/3")
# They carry an IPv4 address inside, so that one could ask for an inner address by its IPv6 name.
TUNNELS = (ipaddress.ip_network("2002::/16"), ipaddress.ip_network("2001::/32"))

type Address = tuple[str, int]
type Resolver = Callable[[str, int], list[Address]]


class NotFetched(Exception):  # noqa: N818  (the parent of the two reasons)
    """Nothing was fetched; the text says why, for the log."""


class NotAllowed(NotFetched):
    """The link leads where we do not go; it was not asked for anything."""


class Unreachable(NotFetched):
    """Nobody answered there in time, or not in HTTP."""


@dataclass(frozen=True)
class Fetched:
    """An answer: of the last address, should others have led to it. `body` is its first 64 KB."""

    url: str
    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True)
class _Answer:
    status: int
    content_type: str
    body: bytes
    location: str


def fetch(url: str, *, resolve: Resolver | None = None) -> Fetched:
    """GET `url`; any HTTP status is an answer. Raises NotAllowed or Unreachable, after ten seconds at most.

    `resolve` takes a name and a port and returns the addresses behind it; it is there for tests.
    """
    deadline = time.monotonic() + TOTAL_SECONDS
    for _hop in range(MAX_REDIRECTS + 1):
        answer = _get(url, resolve or _ask_dns, deadline)
        if not answer.location:
            return Fetched(url, answer.status, answer.content_type, answer.body)
        url = _joined(url, answer.location)
    raise Unreachable(f"more than {MAX_REDIRECTS} redirects")


def is_public(address: str) -> bool:
    """Whether `address` (like "192.0.2.1") is somewhere on the internet, and nowhere near us."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address) and (ip not in PUBLIC_IPV6 or any(ip in tunnel for tunnel in TUNNELS)):
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _get(url: str, resolve: Resolver, deadline: float) -> _Answer:
    parts = _checked(url)
    addresses = _public_addresses(parts, resolve, deadline)
    try:
        with _connected(addresses, deadline) as sock, _cut_off_at(deadline, sock) as cut_off:
            try:
                return _ask(parts, sock, deadline)
            finally:
                if cut_off.is_set():
                    raise TimeoutError("took too long")
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unreachable(str(error) or type(error).__name__) from None


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        raise NotAllowed("the redirect has no valid address") from None


def _checked(url: str) -> SplitResult:
    """Return the parts of `url`; raises NotAllowed unless it is a plain link to a usual port."""
    if len(url) > MAX_LINK or "\\" in url or any(char <= " " or char == "\x7f" for char in url):
        raise NotAllowed("not a link")
    try:
        parts = urlsplit(url)
        usual = parts.scheme in PORTS and parts.port in (None, *PORTS.values(), *_extra_ports())
        host = (parts.hostname or "").encode("idna")
    except ValueError:
        raise NotAllowed("not a link") from None
    if not usual or not host or parts.username is not None or parts.password is not None:
        raise NotAllowed("only http and https on their own ports, without a password")
    return parts


def _extra_ports() -> list[int]:
    return [port for _host, port in settings.FETCH_ALSO]


def _host(parts: SplitResult) -> str:
    return (parts.hostname or "").encode("idna").decode("ascii")


def _port(parts: SplitResult) -> int:
    return parts.port or PORTS[parts.scheme]


def _public_addresses(parts: SplitResult, resolve: Resolver, deadline: float) -> list[Address]:
    """Return the addresses behind a link's name; raises NotAllowed when one of them is not public."""
    addresses = _in_time(resolve, _host(parts), _port(parts), deadline)
    for address in addresses:
        if not is_public(address[0]) and address not in settings.FETCH_ALSO:
            raise NotAllowed("an address that is not public")
    return addresses


def _in_time(resolve: Resolver, host: str, port: int, deadline: float) -> list[Address]:
    """Ask in a thread: the system's resolver knows no time limit."""
    asked = ThreadPoolExecutor(1)
    try:
        found = asked.submit(resolve, host, port).result(min(CONNECT_SECONDS, _left(deadline)))
    except (OSError, UnicodeError) as error:  # TimeoutError is an OSError
        raise Unreachable(f"no address: {error or 'in time'}") from None
    finally:
        asked.shutdown(wait=False)
    return found


def _ask_dns(host: str, port: int) -> list[Address]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(str(address[0]), int(address[1])) for *_, address in found]


def _left(deadline: float) -> float:
    return max(0.001, deadline - time.monotonic())


def _connected(addresses: list[Address], deadline: float) -> socket.socket:
    """Return a connection to the first of `addresses` that takes one; raises OSError when none does."""
    failure = OSError("no address")
    for address in addresses:
        try:
            return socket.create_connection(address, timeout=min(CONNECT_SECONDS, _left(deadline)))
        except OSError as error:
            failure = error
    raise failure


@contextmanager
def _cut_off_at(deadline: float, sock: socket.socket) -> Iterator[threading.Event]:
    """Shut `sock` down at `deadline`: a server that drips byte by byte never meets a socket's own timeout."""
    cut_off = threading.Event()
    duplicate = sock.dup()  # TLS takes the first one over

    def cut() -> None:
        cut_off.set()
        with suppress(OSError):  # the other side, or we, just ended it
            duplicate.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(_left(deadline), cut)
    timer.daemon = True
    timer.start()
    try:
        yield cut_off
    finally:
        timer.cancel()
        duplicate.close()


def _ask(parts: SplitResult, sock: socket.socket, deadline: float) -> _Answer:
    sock.settimeout(_left(deadline))
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(_host(parts), _port(parts))
        connection.sock = ssl.create_default_context().wrap_socket(sock, server_hostname=_host(parts))
    else:
        connection = http.client.HTTPConnection(_host(parts), _port(parts))
        connection.sock = sock
    try:
        connection.request("GET", _target(parts), headers=_headers())
        return _read(connection.getresponse())
    finally:
        connection.close()


def _target(parts: SplitResult) -> str:
    query = f"?{parts.query}" if parts.query else ""
    return quote(f"{parts.path or '/'}{query}", safe=SAFE_IN_LINKS)


def _headers() -> dict[str, str]:
    agent = f"Jamsite link check (+{settings.BASE_URL})" if settings.BASE_URL else "Jamsite link check"
    return {"User-Agent": agent, "Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close"}


def _read(response: http.client.HTTPResponse) -> _Answer:
    moved = response.status in (301, 302, 303, 307, 308)
    location = response.headers.get("Location", "") if moved else ""
    body = b"" if location else response.read(MAX_BYTES)
    return _Answer(response.status, response.headers.get("Content-Type", ""), body, location)
