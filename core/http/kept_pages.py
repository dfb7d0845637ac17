"""Public pages that a server process sends again without Django, as long as nothing that they depend on has changed.

Django's way to a page that is cached already costs much more than sending it: a thread, all middleware, the URL. So the
handlers in `core.http.asgi_handler` and `core.http.wsgi_handler` keep whole responses, with the headers that the
middleware has added. A response is kept only if its view said how long it is current (`core.caching.pages.Ticket`). It
is sent only if the generations that it depends on, read after the request arrived, are those that it was built under.
"""

import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from cachetools import LRUCache
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse

from core.caching import generations
from core.caching.pages import Ticket
from core.http.request_log import RequestLabels, choose_request_id, read_labels, record_request
from core.logging import current_request_id

MAX_BYTES = 16 * 1024 * 1024  # of all responses together, per process
MAX_KEY_LENGTH = 2_000  # characters; longer requests go to Django
OVERHEAD_BYTES = 4_096  # about what a response needs besides its body: headers, key, ticket
METHODS = frozenset({"GET", "HEAD"})
#: Request headers on which a public page or the middleware may depend. Everything else is the same for everybody, or
#: belongs to one visitor, and then a public page must not use it.
KEY_HEADERS = frozenset(
    {
        "host",
        "accept-encoding",
        "accept-language",
        "if-none-match",
        "if-modified-since",
        "if-match",
        "if-unmodified-since",
        "x-forwarded-proto",
        "x-forwarded-host",
        "x-forwarded-port",
    }
)
#: A request with one of these goes to Django: an API client's with an account, or one with a body.
DJANGO_HEADERS = frozenset({"authorization", "transfer-encoding"})

type Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeptResponse:
    """A response of Django, without the id of its request."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    ticket: Ticket
    labels: RequestLabels

    def is_current(self, current: tuple[int, ...] | None) -> bool:
        """Whether the response is still right under the generations `current`, or None if they are not known."""
        return current == self.ticket.current and time.time() < self.ticket.expires_at


@dataclass(frozen=True, slots=True)
class IncomingRequest:
    """What has to be known of a request to answer it: its key in the store, and what the log says of it."""

    key: Key
    method: str
    path: str
    given_id: str
    began: float  # monotonic seconds


class KeptResponses:
    """The responses that this process keeps; the least recently used ones go when they exceed MAX_BYTES."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self.lock = threading.Lock()  # gunicorn's threads share it
        self.responses: LRUCache[Key, KeptResponse] = LRUCache(max_bytes, getsizeof=_measure)

    def find(self, incoming: IncomingRequest) -> KeptResponse | None:
        """Return the response to such a request, whether current or not."""
        with self.lock:
            return self.responses.get(incoming.key)

    def keep(self, incoming: IncomingRequest, request: HttpRequest, response: HttpResponseBase) -> None:
        """Keep Django's response to a request if it is the same for everybody who asks in the same way."""
        ticket = getattr(request, "ticket", None)
        if ticket is None or isinstance(response, StreamingHttpResponse) or not _is_for_everybody(response):
            return
        headers = tuple((name, value) for name, value in response.items() if name.lower() != "x-request-id")
        body: bytes = response.content  # type: ignore[attr-defined]  # every other response has a content
        kept = KeptResponse(response.status_code, response.reason_phrase, headers, body, ticket, read_labels(request))
        if _measure(kept) <= self.responses.maxsize:
            with self.lock:
                self.responses[incoming.key] = kept


def read_incoming(
    method: str, scheme: str, path: str, query: str, headers: Mapping[str, str]
) -> IncomingRequest | None:
    """Return what has to be known of a request, or None if only Django can answer it.

    `headers` has the names in lower case.
    """
    has_body = headers.get("content-length", "0") != "0"
    if method not in METHODS or has_body or settings.DEBUG or not DJANGO_HEADERS.isdisjoint(headers):
        return None
    chosen = [f"{name}:{headers[name]}" for name in sorted(KEY_HEADERS & headers.keys())]
    key = (method, scheme, path, query, *_find_language_cookies(headers.get("cookie", "")), *chosen)
    if sum(map(len, key)) > MAX_KEY_LENGTH:
        return None
    return IncomingRequest(key, method, path, headers.get("x-request-id", ""), time.monotonic())


def record_kept_response(incoming: IncomingRequest, kept: KeptResponse) -> str:
    """Count and log a response that is sent again, as Django's middleware does; return the id of the request."""
    request_id = choose_request_id(incoming.given_id)
    token = current_request_id.set(request_id)
    try:
        generations.count_local_hit(kept.ticket.key)
        record_request(
            kept.labels,
            method=incoming.method,
            path=incoming.path,
            status=kept.status,
            reason=kept.reason,
            seconds=time.monotonic() - incoming.began,
            queries=0,
        )
    finally:
        current_request_id.reset(token)
    return request_id


def _is_for_everybody(response: HttpResponseBase) -> bool:
    varies = response.get("Vary", "").lower()
    is_good = response.status_code in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED)
    return is_good and not response.cookies and "cookie" not in varies and "*" not in varies


def _find_language_cookies(cookies: str) -> list[str]:
    """Return what a Cookie header says of the language; of the other cookies no public page knows."""
    name = settings.LANGUAGE_COOKIE_NAME
    return re.findall(rf"{re.escape(name)}=[^;]*", cookies) if name in cookies else []


def _measure(kept: KeptResponse) -> int:
    return len(kept.body) + OVERHEAD_BYTES
