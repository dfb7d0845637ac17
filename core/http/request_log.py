"""One log line, metrics and an id for every request. People can quote the id when they report a problem."""

import logging
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse

from core import metrics
from core.logging import current_request_id

logger = logging.getLogger(__name__)

REQUEST_ID_PATTERN = re.compile(r"[\w.-]{8,64}", re.ASCII)


class RequestLogMiddleware:
    """Logs requests. It comes after static files, and before all middleware that may refuse a request or fail."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = choose_request_id(request.headers.get("X-Request-ID", ""))
        request.id = request_id  # type: ignore[attr-defined]  # for error.html
        token = current_request_id.set(request_id)
        queries, began = QueryCounter(), time.monotonic()
        try:
            with metrics.requests_in_progress.track_inprogress():
                with connection.execute_wrapper(queries):
                    response = self.get_response(request)
                response["X-Request-ID"] = request_id
                log_request(request, response, seconds=time.monotonic() - began, queries=queries)
        finally:
            current_request_id.reset(token)
        return response


def choose_request_id(given: str) -> str:
    """Return the id `given` in a request's header if a trusted proxy is there to give it, or a new one."""
    is_usable = settings.TRUSTED_PROXIES and REQUEST_ID_PATTERN.fullmatch(given)
    return given if is_usable else secrets.token_hex(8)


@dataclass
class QueryCounter:
    """Counts the database queries of one request, failed ones included."""

    count: int = 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        self.count += 1
        began = time.monotonic()
        try:
            return execute(sql, params, many, context)
        finally:
            metrics.record_query(sql, time.monotonic() - began)


@dataclass(frozen=True)
class RequestLabels:
    """What metrics and log lines call a request: its view, and the jam that its URL names, if any."""

    view: str
    jam: str | None


def read_labels(request: HttpRequest) -> RequestLabels:
    return RequestLabels(get_view_name(request), get_jam_slug(request))


def log_request(request: HttpRequest, response: HttpResponse, *, seconds: float, queries: QueryCounter) -> None:
    """Record the metrics of a request and log it; see `record_request`."""
    record_request(
        read_labels(request),
        method=str(request.method),
        path=request.path,
        status=response.status_code,
        reason=response.reason_phrase,
        seconds=seconds,
        queries=queries.count,
    )


def record_request(
    labels: RequestLabels, *, method: str, path: str, status: int, reason: str, seconds: float, queries: int
) -> None:
    """Record the metrics of a request and log it. The line holds no IP address, no query string and no names."""
    metrics.record_response(view=labels.view, method=method, status=status, seconds=seconds, queries=queries)
    level = choose_log_level(status)
    if not logger.isEnabledFor(level):
        return
    ms = round(seconds * 1000, 1)
    fields = {
        "method": method,
        "path": path,
        "view": labels.view,
        "jam": labels.jam,
        "status": status,
        "ms": ms,
        "queries": queries,
    }
    printable = path.encode("unicode_escape").decode("ascii")  # no line breaks in the log
    about = (reason, printable, method, status, ms, queries)
    logger.log(level, "%s: %s (%s %d, %.1f ms, %d queries)", *about, extra={"fields": fields})


def choose_log_level(status: int) -> int:
    """Return ERROR for a 5xx status, WARNING for 4xx, else INFO."""
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return logging.ERROR
    return logging.WARNING if status >= HTTPStatus.BAD_REQUEST else logging.INFO


def get_view_name(request: HttpRequest) -> str:
    """Return the name of the view, or "none" if no URL pattern matches."""
    match = request.resolver_match
    return (match.view_name or "unnamed") if match else "none"


def get_jam_slug(request: HttpRequest) -> str | None:
    """Return the slug of the jam that the URL names, if any."""
    match = request.resolver_match
    return match.kwargs.get("slug") if match and match.app_name in settings.JAM_SLUG_APPS else None
