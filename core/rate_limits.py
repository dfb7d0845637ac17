"""Rate limits, counted in the cache.

The limit per address is generous, because everybody in a bar shares one address. What tells a script that drops its
cookies from a room full of phones is the number of new browsers per address.
"""

import time
from contextlib import suppress
from typing import NoReturn

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

NEWCOMERS = "newcomers"  # the group under which the new clients of an address are counted
NEWCOMER = "jamsite.newcomer"  # where a request remembers its client until it has been carried out
KNOWN_BROWSER_SECONDS = 12 * 60 * 60  # a browser counts as new once a night

_known_browsers = LocalLRU(max_entries=4096)  # for these, this process does not ask the cache


def enforce_rate_limit(request: HttpRequest, *, group: str, who: str, rate: str) -> None:
    """Count a request of `group` by the client `who`; raise TooManyRequests above `rate` (like "120/m").

    For a client that has done nothing here yet, ADDRESS_RATE limits the group for the whole address, and NEWCOMER_RATE
    the number of such clients. A newcomer is counted when it has done something (`count_newcomer`), not when it was
    refused: otherwise one script with senseless requests would shut out everybody behind the same address. While the
    cache is down, nothing is counted and nothing refused.
    """
    _count_attempt(request, group, who, rate)
    if _is_known(who):
        return
    address = hash_client_address(request)
    _count_attempt(request, f"{group} at an address", address, settings.ADDRESS_RATE)
    _refuse_newcomer_above_limit(request, address)
    request.META[NEWCOMER] = who


def count_newcomer(request: HttpRequest) -> None:
    """Count the client of `request` to its address, if it is new: its first request here has been carried out."""
    if who := request.META.pop(NEWCOMER, None):
        with suppress(TooManyRequests):  # it has been done; the next newcomer is refused
            _count_attempt(request, NEWCOMERS, hash_client_address(request), settings.NEWCOMER_RATE)
        store.set(_known_key(who), 1, KNOWN_BROWSER_SECONDS)
        _known_browsers.set(who, (), time.time() + KNOWN_BROWSER_SECONDS, True)


def enforce_address_limit(request: HttpRequest, *, group: str, rate: str) -> None:
    """Count a request of `group` by the client's address; raise TooManyRequests above `rate`."""
    _count_attempt(request, group, hash_client_address(request), rate)


def enforce_strict_limit(request: HttpRequest, *, group: str, who: str, rate: str) -> None:
    """Count a request of `group` by `who`; raise TooManyRequests above `rate`, Unavailable while the cache is down."""
    if not _count_attempt(request, group, who, rate):
        sentence = _("Logging in isn't possible right now. Please try again in a moment.")
        raise Unavailable(sentence, retry_after=5)


def _count_attempt(request: HttpRequest, group: str, who: str, rate: str) -> bool:
    """Count an attempt and return whether that was possible; raise TooManyRequests above `rate`."""
    if generations.is_cache_down():
        return False
    usage = get_usage(request, group=group, key=lambda *_: who, rate=rate, increment=True)
    if usage is None:
        return False
    if usage["should_limit"]:
        _refuse(group, usage["time_left"])
    return True


def _refuse(group: str, seconds: int) -> NoReturn:
    metrics.rate_limited.labels(group).inc()
    sentence = _("That was a lot at once. Take a breath and try again in a moment.")
    raise TooManyRequests(sentence, retry_after=max(1, seconds))


def _refuse_newcomer_above_limit(request: HttpRequest, address: str) -> None:
    if generations.is_cache_down():
        return
    usage = get_usage(request, group=NEWCOMERS, key=lambda *_: address, rate=settings.NEWCOMER_RATE, increment=False)
    if usage is not None and usage["count"] >= usage["limit"]:
        _refuse(NEWCOMERS, usage["time_left"])


def _is_known(who: str) -> bool:
    """Whether `who` has done something here tonight."""
    if _known_browsers.get(who, ()):
        return True
    if generations.is_cache_down() or store.get(_known_key(who)) is None:
        return False
    _known_browsers.set(who, (), time.time() + KNOWN_BROWSER_SECONDS, True)
    return True


def _known_key(who: str) -> str:
    return "known:" + salted_hmac(RATE_LIMIT_SALT, who, algorithm="sha256").hexdigest()
