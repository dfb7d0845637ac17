"""What type checkers have to know of htmx."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails


class HtmxRequest(HttpRequest):
    """A request that went through HtmxMiddleware; `htmx` is falsy unless htmx sent it."""

    htmx: HtmxDetails
