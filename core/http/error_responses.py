"""Error responses: the right status and one sentence, as a page, a toast (htmx) or a problem document (API)."""

import errno
import logging
from collections.abc import Callable

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.middleware.csrf import REASON_CSRF_TOKEN_MISSING
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
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


def error_response(
    request: HttpRequest, status: int, sentence: str, *, link: str = "", link_text: str = ""
) -> HttpResponse:
    """Return a problem document for the API, a toast for htmx, or else a page, with `sentence` and `status`.

    The toast and the page lead on to `link`, if there is one.
    """
    if is_api_request(request):
        return problem_response(status, sentence)
    template = "_refusal.html" if request.headers.get("HX-Request") else "error.html"
    context = {"status": status, "sentence": sentence, "link": link, "link_text": link_text}
    return render(request, template, context, status=status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW: say which of the cookie and the token is missing, and lead back to the page."""
    if settings.CSRF_COOKIE_NAME not in request.COOKIES:
        sentence = _("Your browser blocks cookies: allow them for this site, then reload the page.")
    elif reason == REASON_CSRF_TOKEN_MISSING:
        sentence = _("Something is missing from this page. Reload it and try again.")
    else:
        sentence = _("This page has expired. Reload it and try again.")
    return error_response(request, 403, sentence, link=_find_page(request), link_text=_("Reload the page"))


def _find_page(request: HttpRequest) -> str:
    """Return the address of the page of ours that sent `request`, or ""."""
    page = request.headers.get("Referer", "")
    hosts = {request.get_host()}
    return page if url_has_allowed_host_and_scheme(page, hosts, require_https=request.is_secure()) else ""


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
