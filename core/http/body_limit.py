"""The size limit of request bodies, enforced before a body is read."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from core.http.error_responses import error_response

UPLOAD_PREFIX = "/admin/"  # takes pictures and song lists
FORM_OVERHEAD_BYTES = 1_000_000  # for the other fields of a form with a picture


class BodyLimitMiddleware:
    """Answers 413 if Content-Length is above the limit for the URL.

    Under daphne, none of the body has been read then (`operations.server.protocols`); gunicorn reads a body only when
    the view does. A body in chunks is limited by that module, and under gunicorn by the proxy and, files excepted, by
    Django's DATA_UPLOAD_MAX_MEMORY_SIZE.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.headers.get("Content-Length", "")
        if length.isdecimal() and int(length) > get_max_body_bytes(request.path):
            response = error_response(request, 413, _("That's too large. Send something smaller."))
            response["Connection"] = "close"
            return response
        return self.get_response(request)


def get_max_body_bytes(path: str) -> int:
    """Return the largest body that a request for `path` may have."""
    if path.startswith(UPLOAD_PREFIX):
        return settings.PICTURE_MAX_BYTES + FORM_OVERHEAD_BYTES
    return settings.BODY_MAX_BYTES
