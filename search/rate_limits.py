"""Rate limit of searches."""

from django.conf import settings
from django.http import HttpRequest

from core.rate_limits import enforce_address_limit, enforce_rate_limit
from jams.identity import browser_cookie


def count_search(request: HttpRequest) -> None:
    """Count a search by this browser. Raises TooManyRequests above SEARCH_RATE.

    A browser that has not acted yet has no id, and a search does not give it one; its address is counted instead.
    """
    browser = browser_cookie.read_browser(request)
    if browser is None:
        enforce_address_limit(request, group="searches by strangers", rate=settings.SEARCH_ADDRESS_RATE)
    else:
        enforce_rate_limit(request, group="searches", who=browser, rate=settings.SEARCH_RATE)
