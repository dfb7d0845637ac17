"""How often somebody may do something.

What is counted lives in the cache for one period. An address is the last thing that counts, and widely: one bar is
one address. What tells a script with fresh cookies from a room full of phones is how many browsers an address brings.
"""

import time

from django.conf import settings
from django.core.cache import cache as store
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django_ratelimit.core import get_usage

from core import metrics
from core.caching import generations
from core.caching.local_lru import LocalLRU
from core.client_ip import hash_client_address
from core.exceptions import TooManyRequests, Unavailable
from core.stable_names import RATE_LIMIT_SALT

KNOWN_BROWSER_SECONDS = 12 * 60 * 60  # a browser is new once a night

_known_browsers = LocalLRU(max_entries=4096)  # browsers that this process need not ask the cache about


def enforce_rate_limit(request: HttpRequest, *, group: str, who: str, rate: str) -> None:
    """Count one more `group` by the browser `who`; raises TooManyRequests above `rate` (like "120/m").

    Above ADDRESS_RATE for the whole address, and for a new browser above NEWCOMER_RATE, it is refused too. While the
    cache is away nothing is counted and nothing refused.
    """
    address = hash_client_address(request)
    _count_attempt(request, group, who, rate)
    _count_attempt(request, f"{group} at an address", address, settings.ADDRESS_RATE)
    _count_new_browser(request, who, address)


def enforce_address_limit(request: HttpRequest, *, group: str, rate: str) -> None:
    """Count one more `group` by somebody of whom only the address is known; raises TooManyRequests above `rate`."""
    _count_attempt(request, group, hash_client_address(request), rate)


def enforce_strict_limit(request: HttpRequest, *, group: str, who: str, rate: str) -> None:
    """As `limit`, for `who` alone, and raises Unavailable while the cache is away: what is not counted is refused."""
    if not _count_attempt(request, group, who, rate):
        sentence = _("Logging in isn't possible right now. Please try again in a moment.")
        raise Unavailable(sentence, retry_after=5)


def _count_attempt(request: HttpRequest, group: str, who: str, rate: str) -> bool:
    """Return whether it could be counted; raises TooManyRequests above `rate`."""
    if generations.is_cache_down():
        return False
    usage = get_usage(request, group=group, key=lambda *_: who, rate=rate, increment=True)
    if usage is None:
        return False
    if usage["should_limit"]:
        metrics.rate_limited.labels(group).inc()
        sentence = _("That was a lot at once. Take a breath and try again in a moment.")
        raise TooManyRequests(sentence, retry_after=max(1, usage["time_left"]))
    return True


def _count_new_browser(request: HttpRequest, who: str, address: str) -> None:
    """Count a browser that was not seen before to its address."""
    if generations.is_cache_down() or _known_browsers.get(who, ()):
        return
    known = "known:" + salted_hmac(RATE_LIMIT_SALT, who, algorithm="sha256").hexdigest()
    if store.get(known) is None:
        _count_attempt(request, "newcomers", address, settings.NEWCOMER_RATE)
        store.set(known, 1, KNOWN_BROWSER_SECONDS)
    _known_browsers.set(who, (), time.time() + KNOWN_BROWSER_SECONDS, True)
