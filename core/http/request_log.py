"""What is noted of every request: an id that a person can quote, and one line in the log."""

import logging
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse

from core import metrics
from core.logging import current_request_id

logger = logging.getLogger(__name__)

REQUEST_ID_PATTERN = re.compile(r"[\w.-]{8,64}", re.ASCII)
JAM_APPS = ("jams", "votes")  # the apps whose addresses name a jam by its slug


class RequestLogMiddleware:
    """Stands below static files and above all that may refuse or fail."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.id = choose_request_id(request)
        token = current_request_id.set(request.id)
        queries, began = QueryCounter(), time.monotonic()
        try:
            with connection.execute_wrapper(queries):
                response = self.get_response(request)
            response["X-Request-ID"] = request.id
            log_request(request, response, seconds=time.monotonic() - began, queries=queries)
        finally:
            current_request_id.reset(token)
        return response


def choose_request_id(request: HttpRequest) -> str:
    """Return the id that a trusted proxy gave to `request`, or a new one."""
    given = request.headers.get("X-Request-ID", "") if settings.TRUSTED_PROXIES else ""
    return given if REQUEST_ID_PATTERN.fullmatch(given) else secrets.token_hex(8)


@dataclass
class QueryCounter:
    """Counts the queries of one request, whatever becomes of them."""

    count: int = 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        self.count += 1
        began = time.monotonic()
        try:
            return execute(sql, params, many, context)
        finally:
            metrics.record_query(sql, time.monotonic() - began)


def log_request(request: HttpRequest, response: HttpResponse, *, seconds: float, queries: QueryCounter) -> None:
    """Count a request and write its line. It holds no address, no query string and no name of a person."""
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
    path = request.path.encode("unicode_escape").decode("ascii")  # a line stays one line
    about = (response.reason_phrase, path, request.method, status, fields["ms"], queries.count)
    logger.log(choose_log_level(status), "%s: %s (%s %d, %.1f ms, %d queries)", *about, extra={"fields": fields})


def choose_log_level(status: int) -> int:
    if status >= 500:  # noqa: PLR2004  (as HTTP counts)
        return logging.ERROR
    return logging.WARNING if status >= 400 else logging.INFO  # noqa: PLR2004


def get_view_name(request: HttpRequest) -> str:
    """Return the name of the view, or "none" for an address that nobody owns."""
    match = request.resolver_match
    return (match.view_name or "unnamed") if match else "none"


def get_jam_slug(request: HttpRequest) -> str | None:
    match = request.resolver_match
    return match.kwargs.get("slug") if match and match.app_name in JAM_APPS else None
