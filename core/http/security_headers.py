"""Security headers that Django does not set, and the endpoint for browsers' reports of CSP violations."""

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from core.exceptions import Invalid, TooLarge
from core.rate_limits import enforce_address_limit
from core.text import clean_text

logger = logging.getLogger(__name__)

DISABLED_FEATURES = (
    "accelerometer",
    "camera",
    "geolocation",
    "gyroscope",
    "magnetometer",
    "microphone",
    "payment",
    "usb",
)
HEADERS = {
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in DISABLED_FEATURES),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Reporting-Endpoints": 'csp="/csp-report/"',
}
MAX_REPORT_BYTES = 16 * 1024  # bytes
MAX_LOGGED_VIOLATIONS = 5  # per request
MAX_LOGGED_CHARACTERS = 200  # of each value in a report
REPORT_RATE = "20/m"


class SecurityHeadersMiddleware:
    """Adds `HEADERS` to responses that do not set them themselves."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response


@csrf_exempt  # browsers send reports without cookies
@require_POST
def csp_report(request: HttpRequest) -> HttpResponse:
    """Log what violated the content security policy: a bug, or an injected script.

    Raises TooManyRequests, TooLarge or Invalid.
    """
    enforce_address_limit(request, group="csp reports", rate=REPORT_RATE)
    for report in list(_describe_violations(_parse_report(request)))[:MAX_LOGGED_VIOLATIONS]:
        logger.warning("Content security policy violation: %s", report)
    return HttpResponse(status=204)


def _parse_report(request: HttpRequest) -> Any:
    content = request.read(MAX_REPORT_BYTES + 1)  # whatever the headers say of its length
    if len(content) > MAX_REPORT_BYTES:
        raise TooLarge(_("This report is too long."))
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise Invalid(_("This isn't a valid report.")) from None


def _describe_violations(reports: Any) -> Iterator[str]:
    """Yield a line per violation from both formats: one report (report-uri) or a list of them (Reporting API)."""
    for report in reports if isinstance(reports, list) else [reports]:
        body = report.get("csp-report", report.get("body")) if isinstance(report, dict) else None
        if isinstance(body, dict):
            directive = body.get("effective-directive") or body.get("effectiveDirective")
            blocked = body.get("blocked-uri") or body.get("blockedURL")
            page = body.get("document-uri") or body.get("documentURL")
            yield f"{_sanitise(directive)} refused {_sanitise(blocked)} on {_sanitise(page)}"


def _sanitise(value: Any) -> str:
    """Return a value that anyone can send: on one line, short, and without the query, which may hold secrets."""
    return clean_text(str(value)).partition("?")[0][:MAX_LOGGED_CHARACTERS]
