"""Safe HTTP: send a request to an address that somebody gave us without server-side request forgery (SSRF).

A name is resolved once, every address behind it has to be public, and the connection is pinned to an address that was
checked, so a name that resolves differently a moment later (DNS rebinding) has no effect. Each redirect is checked like
a new link. Ports, bytes and the total time are limited. The environment's proxies are not used. Why this is ours and
not requests-hardened: docs/adr/0002-own-ssrf-guard.md.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from django.conf import settings

CONNECT_SECONDS = 3.0  # to resolve the name, and again to connect to each address
TOTAL_SECONDS = 10.0  # for everything, redirects included
MAX_BYTES = 64 * 1024  # of a body; the rest is not read
MAX_REDIRECTS = 3
MAX_URL_CHARACTERS = 2000
PORTS = {"http": 80, "https": 443}
AGENT = "Jamsite"
SAFE_URL_CHARACTERS = "/%:@!$&'()*+,;=~-._?"

PUBLIC_IPV6 = ipaddress.ip_network("2000::/3")
# 6to4 and Teredo addresses contain an IPv4 address, which may be private.
TUNNELS = (ipaddress.ip_network("2002::/16"), ipaddress.ip_network("2001::/32"))

type Address = tuple[str, int]
type Resolver = Callable[[str, int], list[Address]]


class FetchError(Exception):
    """Nothing was fetched; the text says why, for the log."""


class BlockedUrlError(FetchError):
    """The URL is not allowed; no request was sent to it."""


class UnreachableError(FetchError):
    """The server did not respond in time, or not with HTTP."""


@dataclass(frozen=True)
class FetchedPage:
    """A response, the last one after redirects. `body` holds its first MAX_BYTES."""

    url: str
    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True)
class _Request:
    method: str
    body: bytes | None
    headers: Mapping[str, str]


@dataclass(frozen=True)
class _Response:
    status: int
    content_type: str
    body: bytes
    location: str


def fetch_url(url: str, *, resolve: Resolver | None = None) -> FetchedPage:
    """GET `url`, whatever the status of the response, in TOTAL_SECONDS at most.

    `resolve` returns the addresses for a host name and a port; tests replace it. Raises BlockedUrlError if the URL or
    one of its addresses is not allowed, UnreachableError if there is no response.
    """
    deadline = time.monotonic() + TOTAL_SECONDS
    request = _Request("GET", None, _request_headers(f"{AGENT} link check"))
    for _hop in range(MAX_REDIRECTS + 1):
        response = _send_checked_request(url, resolve or _query_dns, deadline, request)
        if not response.location:
            return FetchedPage(url, response.status, response.content_type, response.body)
        url = _resolve_redirect(url, response.location)
    raise UnreachableError(f"more than {MAX_REDIRECTS} redirects")


def post_to_url(
    url: str, body: bytes, headers: Mapping[str, str], *, seconds: float, resolve: Resolver | None = None
) -> FetchedPage:
    """POST `body` to `url`, whatever the status of the response, in `seconds` at most. Redirects are not followed.

    Raises the same as `fetch_url`.
    """
    deadline = time.monotonic() + seconds
    request = _Request("POST", body, {**_request_headers(AGENT), **headers})
    response = _send_checked_request(url, resolve or _query_dns, deadline, request)
    return FetchedPage(url, response.status, response.content_type, response.body)


def is_public_address(address: str) -> bool:
    """Return whether `address` (like "192.0.2.1") is on the public internet."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address) and (ip not in PUBLIC_IPV6 or any(ip in tunnel for tunnel in TUNNELS)):
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _send_checked_request(url: str, resolve: Resolver, deadline: float, request: _Request) -> _Response:
    parts = _parse_url(url)
    addresses = _resolve_public_addresses(parts, resolve, deadline)
    try:
        with _connect(addresses, deadline) as sock, _enforce_deadline(deadline, sock) as cut_off:
            try:
                return _send_request(parts, sock, deadline, request)
            finally:
                if cut_off.is_set():
                    raise TimeoutError("took too long")
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise UnreachableError(str(error) or type(error).__name__) from None


def _resolve_redirect(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        raise BlockedUrlError("the redirect has no valid address") from None


def _parse_url(url: str) -> SplitResult:
    """Return the parts of `url`; raise BlockedUrlError unless it is HTTP or HTTPS on a standard port."""
    if len(url) > MAX_URL_CHARACTERS or "\\" in url or any(char <= " " or char == "\x7f" for char in url):
        raise BlockedUrlError("not a valid URL")
    try:
        parts = urlsplit(url)
        is_standard = parts.scheme in PORTS and parts.port in (None, *PORTS.values(), *_extra_ports())
        host = (parts.hostname or "").encode("idna")
    except ValueError:
        raise BlockedUrlError("not a valid URL") from None
    if not is_standard or not host or parts.username is not None or parts.password is not None:
        raise BlockedUrlError("only HTTP and HTTPS on standard ports, without a password")
    return parts


def _extra_ports() -> list[int]:
    return [port for _host, port in settings.FETCH_ALSO]


def _host(parts: SplitResult) -> str:
    return (parts.hostname or "").encode("idna").decode("ascii")


def _port(parts: SplitResult) -> int:
    return parts.port or PORTS[parts.scheme]


def _resolve_public_addresses(parts: SplitResult, resolve: Resolver, deadline: float) -> list[Address]:
    """Return the addresses of the URL's host; raise BlockedUrlError if one of them is not public."""
    addresses = _resolve_in_time(resolve, _host(parts), _port(parts), deadline)
    for address in addresses:
        if not is_public_address(address[0]) and address not in settings.FETCH_ALSO:
            raise BlockedUrlError("an address is not public")
    return addresses


def _resolve_in_time(resolve: Resolver, host: str, port: int, deadline: float) -> list[Address]:
    """Resolve `host` in a thread, because the system's resolver has no timeout."""
    executor = ThreadPoolExecutor(1)
    try:
        addresses = executor.submit(resolve, host, port).result(min(CONNECT_SECONDS, _remaining_seconds(deadline)))
    except (OSError, UnicodeError) as error:  # TimeoutError is an OSError
        raise UnreachableError(f"no address: {error or 'in time'}") from None
    finally:
        executor.shutdown(wait=False)
    return addresses


def _query_dns(host: str, port: int) -> list[Address]:
    results = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(str(address[0]), int(address[1])) for *_, address in results]


def _remaining_seconds(deadline: float) -> float:
    return max(0.001, deadline - time.monotonic())


def _connect(addresses: list[Address], deadline: float) -> socket.socket:
    """Return a connection to the first of `addresses` that accepts one; raise OSError if none does."""
    failure = OSError("no address")
    for address in addresses:
        try:
            return socket.create_connection(address, timeout=min(CONNECT_SECONDS, _remaining_seconds(deadline)))
        except OSError as error:
            failure = error
    raise failure


@contextmanager
def _enforce_deadline(deadline: float, sock: socket.socket) -> Iterator[threading.Event]:
    """Shut `sock` down at `deadline`. A server that sends byte by byte never runs into the socket's own timeout."""
    cut_off = threading.Event()
    duplicate = sock.dup()  # TLS takes over the original

    def shut_down() -> None:
        cut_off.set()
        with suppress(OSError):  # it was closed already
            duplicate.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(_remaining_seconds(deadline), shut_down)
    timer.daemon = True
    timer.start()
    try:
        yield cut_off
    finally:
        timer.cancel()
        duplicate.close()


def _send_request(parts: SplitResult, sock: socket.socket, deadline: float, request: _Request) -> _Response:
    sock.settimeout(_remaining_seconds(deadline))
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(_host(parts), _port(parts))
        connection.sock = ssl.create_default_context().wrap_socket(sock, server_hostname=_host(parts))
    else:
        connection = http.client.HTTPConnection(_host(parts), _port(parts))
        connection.sock = sock
    try:
        connection.request(request.method, _request_target(parts), request.body, request.headers)
        return _read_response(connection.getresponse())
    finally:
        connection.close()


def _request_target(parts: SplitResult) -> str:
    query = f"?{parts.query}" if parts.query else ""
    return quote(f"{parts.path or '/'}{query}", safe=SAFE_URL_CHARACTERS)


def _request_headers(agent: str) -> dict[str, str]:
    agent = f"{agent} (+{settings.BASE_URL})" if settings.BASE_URL else agent
    return {"User-Agent": agent, "Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close"}


def _read_response(response: http.client.HTTPResponse) -> _Response:
    is_redirect = response.status in (301, 302, 303, 307, 308)
    location = response.headers.get("Location", "") if is_redirect else ""
    body = b"" if location else response.read(MAX_BYTES)
    return _Response(response.status, response.headers.get("Content-Type", ""), body, location)
