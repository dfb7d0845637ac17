"""Pages that are the same for everybody: made once, kept compressed, and confirmed by their ETag.

A browser asks every time whether its copy is still right (`max-age=0, must-revalidate`), so that a change shows at
once; the answer to that costs one look at the generations, no database and no rendering.
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
from core.caching.release import fingerprint

View = Callable[..., HttpResponse]

CACHE_CONTROL = "public, max-age=0, must-revalidate"
ACCEPTS_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))")


class PersonalDataError(Exception):
    """A view that claims to be public used something that belongs to one visitor."""


class _UncacheableError(Exception):
    """Carries an answer that is not to be kept, such as a redirection, past the cache."""

    def __init__(self, response: HttpResponse) -> None:
        self.response = response


@dataclass(frozen=True)
class CachedPage:
    """An answer as it is kept; `body` is compressed."""

    body: bytes
    headers: tuple[tuple[str, str], ...]

    @classmethod
    def from_content(cls, content: bytes, *headers: tuple[str, str]) -> "CachedPage":
        """Return `content` as a page to keep."""
        return cls(gzip.compress(content, mtime=0), headers)


def public_page(
    *, depends_on: tuple[str, ...], seconds: str, query_keys: tuple[str, ...] = (), by_host: bool = False
) -> Callable[[View], View]:
    """Keep what a view answers with, for everybody.

    `depends_on` names the generations that it depends on, "{slug}" standing for that part of the address. `seconds`
    is the setting that says how long a page is kept: what changes with time alone, such as which jams are today's,
    is never older. `query_keys` are the only parts of the query that the view sees. `by_host` is for answers that hold
    the address of the site. Raises PersonalError when the view uses what belongs to one visitor.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def public(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            if settings.DEBUG or request.method not in ("GET", "HEAD"):
                return view(request, **kwargs)
            request.GET = _filter_query(request.GET, query_keys)  # type: ignore[assignment]
            try:
                return cached_response(
                    request,
                    key=_make_key(request, by_host),
                    depends_on=tuple(name.format(**kwargs) for name in depends_on),
                    seconds=getattr(settings, seconds),
                    make=partial(_build_page, view, request, kwargs),
                )
            except _UncacheableError as unkept:
                return unkept.response

        return public

    return decorate


def cached_response(
    request: HttpRequest, *, key: str, depends_on: tuple[str, ...], seconds: int, make: Callable[[], CachedPage]
) -> HttpResponse:
    """Answer from what is kept under `key` for `seconds` at most, made anew where a dependency changed.

    While the cache is away, and inside a transaction, nothing is kept and nothing confirmed.
    """
    current = None if generations.is_in_transaction() else generations.read_generations(*depends_on)
    if current is None:
        return _make_response(request, make())
    slot, left = _find_time_slot(key, seconds)
    current = (*current, slot)
    etag = _make_etag(key, current)
    unchanged = get_conditional_response(request, etag=etag)
    response = unchanged or _make_response(
        request, generations.get_or_build_under(key, current, seconds=left, build=make)
    )
    response["ETag"] = etag
    return _set_cache_headers(response)


def _filter_query(query: QueryDict, query_keys: tuple[str, ...]) -> QueryDict:
    """Return what the view may see of the query, so that nobody's odd additions get into a page for all."""
    narrowed = QueryDict(mutable=True)
    narrowed.update({name: str(query[name]) for name in query_keys if query.get(name)})
    return narrowed


def _make_key(request: HttpRequest, by_host: bool) -> str:
    host = (settings.BASE_URL or f"{request.scheme}://{request.get_host()}") if by_host else ""
    told_apart = (fingerprint(), request.path, request.GET.urlencode(), get_language(), host)
    return f"page:{hashlib.sha256(repr(told_apart).encode()).hexdigest()[:32]}"


def _find_time_slot(key: str, seconds: int) -> tuple[int, float]:
    """Return the number of the stretch of `seconds` in which we are, and what is left of it.

    Each page begins its stretches at a moment of its own, so that they do not all have to be made anew at once.
    """
    now = time.time() + zlib.crc32(key.encode()) % seconds
    return int(now // seconds), seconds - now % seconds


def _make_etag(key: str, current: tuple[int, ...]) -> str:
    """Weak, because the compressed and the plain page share it."""
    return f'W/"{hashlib.sha256(f"{key}{current}".encode()).hexdigest()[:32]}"'


def _build_page(view: View, request: HttpRequest, kwargs: dict[str, Any]) -> CachedPage:
    response = view(request, **kwargs)
    if response.status_code != HTTPStatus.OK:
        raise _UncacheableError(response)
    _require_impersonal(request, response)
    return CachedPage.from_content(response.content, *response.items())


def _require_impersonal(request: HttpRequest, response: HttpResponse) -> None:
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
