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
        request_id = choose_request_id(request)
        request.id = request_id  # type: ignore[attr-defined]  # for error.html
        token = current_request_id.set(request_id)
        queries, began = QueryCounter(), time.monotonic()
        try:
            with connection.execute_wrapper(queries):
                response = self.get_response(request)
            response["X-Request-ID"] = request_id
            log_request(request, response, seconds=time.monotonic() - began, queries=queries)
        finally:
            current_request_id.reset(token)
        return response


def choose_request_id(request: HttpRequest) -> str:
    """Return the id that a trusted proxy gave `request`, or a new one."""
    given = request.headers.get("X-Request-ID", "") if settings.TRUSTED_PROXIES else ""
    return given if REQUEST_ID_PATTERN.fullmatch(given) else secrets.token_hex(8)


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


def log_request(request: HttpRequest, response: HttpResponse, *, seconds: float, queries: QueryCounter) -> None:
    """Record the metrics of a request and log it. The line holds no IP address, no query string and no names."""
    view = get_view_name(request)
    fields = {
        "method": request.method,
        "path": request.path,
        "view": view,
        "jam": get_jam_slug(request),
        "status": response.status_code,
        "ms": round(seconds * 1000, 1),
        "queries": queries.count,
    }
    status = response.status_code
    metrics.record_response(
        view=view, method=str(request.method), status=status, seconds=seconds, queries=queries.count
    )
    path = request.path.encode("unicode_escape").decode("ascii")  # no line breaks in the log
    about = (response.reason_phrase, path, request.method, status, fields["ms"], queries.count)
    logger.log(choose_log_level(status), "%s: %s (%s %d, %.1f ms, %d queries)", *about, extra={"fields": fields})


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
