"""Rate limit of searches, and which of them the statistics count."""

from django.http import HttpRequest

from core.rate_limits import count_within, count_within_at_address, enforce_search_limit
from jams.identity import browser_cookie

SAME_SEARCH_RATE = "1/h"  # by one browser that has acted
SAME_SEARCH_ADDRESS_RATE = "10/h"
LOGGED_SEARCHES_RATE = "600/h"  # from one address: two for each phone of a full bar


def count_search(request: HttpRequest) -> None:
    """Count a search by this browser. Raises TooManyRequests; see `enforce_search_limit`."""
    enforce_search_limit(request, browser=browser_cookie.read_browser(request))


def is_worth_logging(request: HttpRequest, words: str) -> bool:
    """Return whether the statistics count this search, so that one script cannot fill them."""
    browser = browser_cookie.read_browser(request)
    if browser and not count_within(group="the same search", who=f"{browser} {words}", rate=SAME_SEARCH_RATE):
        return False
    return count_within_at_address(
        request, group="the same search at an address", who=words, rate=SAME_SEARCH_ADDRESS_RATE
    ) and count_within_at_address(request, group="logged searches", who="", rate=LOGGED_SEARCHES_RATE)
