"""Public pages: rendered once, cached compressed, and revalidated by their ETag.

Browsers revalidate their copy on every visit (`max-age=0, must-revalidate`), so that a change shows at once. To answer
that, the server only reads the generations: no database, no rendering.
"""

import gzip
import hashlib
import re
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, wraps
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language

from core.caching import generations
from core.caching.release import compute_fingerprint

View = Callable[..., HttpResponse]

CACHE_CONTROL = "public, max-age=0, must-revalidate"
ACCEPTS_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))")


class PersonalDataError(Exception):
    """A public page used something that belongs to one visitor."""


class _UncacheableError(Exception):
    """Carries a response that must not be cached, such as a redirect, past the cache."""

    def __init__(self, response: HttpResponse) -> None:
        self.response = response


@dataclass(frozen=True)
class Ticket:
    """Says of a response how long it stays current, so that the server can send it again without Django.

    See `core.http.kept_pages`. `expires_at` is in seconds since 1970.
    """

    key: str
    depends_on: tuple[str, ...]
    current: tuple[int, ...]
    expires_at: float


@dataclass(frozen=True)
class CachedPage:
    """A response as it is cached; `body` is compressed with gzip."""

    body: bytes
    headers: tuple[tuple[str, str], ...]

    @classmethod
    def from_content(cls, content: bytes, *headers: tuple[str, str]) -> "CachedPage":
        """Return `content`, compressed, and its headers as a page to cache."""
        return cls(gzip.compress(content, mtime=0), headers)


def public_page(
    *, depends_on: tuple[str, ...], seconds: str, query_keys: tuple[str, ...] = (), by_host: bool = False
) -> Callable[[View], View]:
    """Decorate a view whose response is the same for everybody, and cache it.

    `depends_on` names generations; "{slug}" stands for that part of the URL. `seconds` is the name of the setting that
    limits the age of a page, for content that changes with time, such as which jams are on today. `query_keys` are
    the only query parameters that the view sees. Set `by_host` if the response contains the site's address. The view
    raises PersonalDataError if it uses something that belongs to one visitor.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def cached_view(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            if settings.DEBUG or request.method not in ("GET", "HEAD"):
                return view(request, **kwargs)
            request.GET = _filter_query(request.GET, query_keys)  # type: ignore[assignment]  # to the stubs it is immutable
            try:
                return cached_response(
                    request,
                    key=_make_key(request, by_host),
                    depends_on=tuple(name.format(**kwargs) for name in depends_on),
                    seconds=getattr(settings, seconds),
                    make=partial(_build_page, view, request, kwargs),
                )
            except _UncacheableError as error:
                return error.response

        return cached_view

    return decorate


def cached_response(
    request: HttpRequest, *, key: str, depends_on: tuple[str, ...], seconds: int, make: Callable[[], CachedPage]
) -> HttpResponse:
    """Return the page cached under `key`, or the one that `make` builds, or 304 if the browser's copy is current.

    A page is cached for `seconds` at most, or until a name in `depends_on` is invalidated. While the cache is down, and
    inside a transaction, nothing is cached and there is no ETag.
    """
    current = None if generations.is_in_transaction() else generations.read_generations(*depends_on)
    if current is None:
        return _make_response(request, make())
    slot, left = _find_time_slot(key, seconds)
    request.ticket = Ticket(key, depends_on, current, time.time() + left)  # type: ignore[attr-defined]  # our own
    current = (*current, slot)
    etag = _make_etag(key, current)
    unchanged = get_conditional_response(request, etag=etag)
    response = unchanged or _make_response(
        request, generations.get_or_build_under(key, current, seconds=left, build=make)
    )
    response["ETag"] = etag
    return _set_cache_headers(response)


def _filter_query(query: QueryDict, query_keys: tuple[str, ...]) -> QueryDict:
    """Return `query` without unknown parameters, which must neither change nor multiply cached pages."""
    filtered = QueryDict(mutable=True)
    filtered.update({name: str(query[name]) for name in query_keys if query.get(name)})
    return filtered


def _make_key(request: HttpRequest, by_host: bool) -> str:
    host = (settings.BASE_URL or f"{request.scheme}://{request.get_host()}") if by_host else ""
    parts = (compute_fingerprint(), request.path, request.GET.urlencode(), get_language(), host)
    return f"page:{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"


def _find_time_slot(key: str, seconds: int) -> tuple[int, float]:
    """Return the number of the current time slot, `seconds` long, and how many of its seconds are left.

    The slots of different keys begin at different times, so that pages do not all expire together.
    """
    now = time.time() + zlib.crc32(key.encode()) % seconds
    return int(now // seconds), seconds - now % seconds


def _make_etag(key: str, current: tuple[int, ...]) -> str:
    """Return an ETag. It is weak because the compressed and the plain page share it."""
    return f'W/"{hashlib.sha256(f"{key}{current}".encode()).hexdigest()[:32]}"'


def _build_page(view: View, request: HttpRequest, kwargs: dict[str, Any]) -> CachedPage:
    response = view(request, **kwargs)
    if response.status_code != HTTPStatus.OK:
        raise _UncacheableError(response)
    _require_impersonal(request, response)
    return CachedPage.from_content(response.content, *response.items())


def _require_impersonal(request: HttpRequest, response: HttpResponse) -> None:
    """Raise PersonalDataError if the view used something that belongs to one visitor."""
    session = getattr(request, "session", None)
    used = {
        "a cookie": bool(response.cookies),
        "a CSRF token": request.META.get("CSRF_COOKIE_NEEDS_UPDATE", False),
        "the session": session is not None and session.accessed,
        "messages": getattr(get_messages(request), "used", False),  # an empty list without the middleware
    }
    if any(used.values()):
        found = ", ".join(what for what, is_used in used.items() if is_used)
        raise PersonalDataError(f"{request.path} is a public page and uses {found}.")


def _make_response(request: HttpRequest, page: CachedPage) -> HttpResponse:
    compressed = bool(ACCEPTS_GZIP.search(request.headers.get("Accept-Encoding", "")))
    response = HttpResponse(page.body if compressed else gzip.decompress(page.body), headers=dict(page.headers))
    if compressed:
        response["Content-Encoding"] = "gzip"
    return _set_cache_headers(response)


def _set_cache_headers(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = CACHE_CONTROL
    response["Vary"] = "Accept-Encoding"
    return response
