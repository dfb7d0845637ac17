"""Error responses: the right status and one sentence, as a page, a toast (htmx) or a problem document (API)."""

import errno
import logging
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.defaults import page_not_found

from core.api.problem_details import is_api_request, problem_response
from core.exceptions import ActionError
from core.http.statuses import get_status
from core.logging import current_request_id
from core.rate_limits import count_newcomer

FIRST_ERROR = 400  # the lowest status of an answer to what was not carried out
DISK_FULL = (errno.ENOSPC, errno.EDQUOT)

logger = logging.getLogger(__name__)


def error_response(request: HttpRequest, status: int, sentence: str) -> HttpResponse:
    """Return a problem document for the API, a toast for htmx, or else a page, with `sentence` and `status`."""
    if is_api_request(request):
        return problem_response(status, sentence)
    template = "_refusal.html" if request.headers.get("HX-Request") else "error.html"
    return render(request, template, {"status": status, "sentence": sentence}, status=status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW."""
    return error_response(request, 403, _("This page has expired. Reload it and try again."))


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500. It uses neither the database nor context processors, which may be what failed."""
    return HttpResponseServerError(render_to_string("500.html", {"request_id": current_request_id.get()}))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404; the API gets a problem document."""
    return problem_response(404) if is_api_request(request) else page_not_found(request, exception)


class ErrorMiddleware:
    """Answers an `ActionError` with its status, an unavailable database with 503, a full disk with 507.

    SQLite also raises OperationalError for a missing column; that is a bug and stays a 500.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code < FIRST_ERROR:
            count_newcomer(request)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, ActionError):
            return _set_retry_after(error_response(request, get_status(error), str(error)), error.retry_after)
        if isinstance(error, OperationalError | InterfaceError) and "no such " not in str(error):
            logger.warning("The database is unavailable: %s", error)
            sentence = _("We're having technical problems right now. Please try again in a moment.")
            return _set_retry_after(error_response(request, 503, sentence), 2)
        if isinstance(error, OSError) and error.errno in DISK_FULL:
            logger.error("There is no space left for files: %s", error)
            sentence = _("Pictures aren't available right now. Please try again in a moment.")
            return _set_retry_after(error_response(request, 507, sentence), 60)
        return None


def _set_retry_after(response: HttpResponse, seconds: int | None) -> HttpResponse:
    if seconds is not None:
        response["Retry-After"] = str(seconds)
    return response
