"""How often one may search."""

from django.conf import settings
from django.http import HttpRequest

from core.rate_limits import enforce_address_limit, enforce_rate_limit
from jams.identity import browser_cookie


def count_search(request: HttpRequest) -> None:
    """Count one more search by this browser; raises TooManyRequests for too many.

    One that has not acted yet has no id, and looking for something gives it none: its address stands for it.
    """
    browser = browser_cookie.read_browser(request)
    if browser is None:
        enforce_address_limit(request, group="searches by strangers", rate=settings.SEARCH_ADDRESS_RATE)
    else:
        enforce_rate_limit(request, group="searches", who=browser, rate=settings.SEARCH_RATE)
