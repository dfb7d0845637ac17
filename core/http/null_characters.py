"""Null characters in an address, which no visitor types and PostgreSQL cannot store or compare."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from core.http.error_responses import error_response

NULL_CHARACTERS = ("%00", "\x00")


class NullCharacterMiddleware:
    """Answers 400 to a query string with a null character. In forms, text is cleaned or checked field by field."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        query = request.META.get("QUERY_STRING", "")
        if any(null in query for null in NULL_CHARACTERS):
            return error_response(request, 400, _("There's something wrong with this address."))
        return self.get_response(request)
