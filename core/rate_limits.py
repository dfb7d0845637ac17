"""Rate limits.

The limit per address is generous, because everybody in a bar shares one address. What tells a script that drops its
cookies from a room full of phones is the number of new browsers per address.
"""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from core import metrics
from core.caching.local_lru import LocalLRU
from core.client_ip import hash_client_networks
from core.counters import Rate, count_attempt, get_wait, restart_window
from core.exceptions import Conflict, Gone, NotFound, TooManyRequests, Unavailable
from core.stable_names import RATE_LIMIT_SALT

NEWCOMERS = "newcomers"  # the group under which the new clients of an address are counted
NEWCOMER = "jamsite.newcomer"  # where a request remembers its client until it has been carried out
KNOWN_SECONDS = 12 * 60 * 60  # a browser counts as new once a night

_known_clients = LocalLRU(max_entries=4096)  # for these, this process does not ask the counters


def enforce_rate_limit(request: HttpRequest, *, group: str, who: str, rate: str) -> None:
    """Count a request of `group` by the client `who`; raise TooManyRequests above `rate` (like "120/m").

    For a client that has done nothing here yet, ADDRESS_RATE limits the group for the whole address, and NEWCOMER_RATE
    the number of such clients. A newcomer is counted when it has done something (`count_newcomer`), not when it was
    refused: otherwise one script with senseless requests would shut out everybody behind the same address. While the
    counters are away, nothing is counted and nothing refused.
    """
    if not is_known(who):
        enforce_address_limit(request, group=f"{group} at an address", rate=settings.ADDRESS_RATE)
        _refuse_newcomer_above_limit(request)
        request.META[NEWCOMER] = who
    _count(group, who, Rate.parse(rate))


def count_newcomer(request: HttpRequest) -> None:
    """Count the client of `request` to its address, if it is new: its first request here has been carried out."""
    if who := request.META.pop(NEWCOMER, None):
        rate = Rate.parse(settings.NEWCOMER_RATE)
        for network, share in hash_client_networks(request).items():
            count_attempt(_key(NEWCOMERS, network), rate.multiply(share))
        remember(who)


def enforce_search_limit(request: HttpRequest, *, browser: str | None) -> None:
    """Count a search of `browser`; raise TooManyRequests above SEARCH_RATE.

    A browser that has not acted yet has no id, and a search does not give it one; its address is counted instead.
    """
    if browser is None:
        enforce_address_limit(request, group="searches by strangers", rate=settings.SEARCH_ADDRESS_RATE)
    else:
        enforce_rate_limit(request, group="searches", who=browser, rate=settings.SEARCH_RATE)


def enforce_shared_limit(*, group: str, who: str, rate: str) -> None:
    """Count a request of `group` to or by `who`, such as a jam or an account; raise TooManyRequests above `rate`.

    It does not matter where the request comes from, and its sender is no newcomer.
    """
    _count(group, who, Rate.parse(rate))


def enforce_address_limit(request: HttpRequest, *, group: str, rate: str, who: str = "") -> bool:
    """Count a request of `group` (to the account `who`) by the client's address; raise TooManyRequests above `rate`.

    The networks around an IPv6 address are counted as well, with a multiple of the limit, the smallest first: what a
    home is refused does not use up the budget of its provider's other customers. Return whether it could be counted.
    """
    counted = [
        _count(group, f"{who} {network}", Rate.parse(rate).multiply(share))
        for network, share in hash_client_networks(request).items()
    ]
    return all(counted)


def enforce_strict_limit(*, group: str, who: str, rate: str) -> None:
    """Count a request of `group` by `who`; raise TooManyRequests above `rate`, Unavailable if it can't be counted."""
    if not _count(group, who, Rate.parse(rate)):
        _refuse_uncounted()


def enforce_strict_address_limit(request: HttpRequest, *, group: str, rate: str, who: str = "") -> None:
    """Do as `enforce_address_limit` does; raise Unavailable if it can't be counted."""
    if not enforce_address_limit(request, group=group, rate=rate, who=who):
        _refuse_uncounted()


@contextmanager
def limit_refused_links(request: HttpRequest, *, group: str, rate: str) -> Iterator[None]:
    """Count a link that turns out not to be good, by address; raise TooManyRequests instead above `rate`.

    Whoever has a good link has proven who they are, and no stranger on the same Wi-Fi can keep it from working.
    """
    try:
        yield
    except (NotFound, Gone, Conflict):
        enforce_strict_address_limit(request, group=group, rate=rate)
        raise


def count_within(*, group: str, who: str, rate: str) -> bool:
    """Count something that is left out above `rate`; return whether it is within. False if it can't be counted."""
    return count_attempt(_key(group, who), Rate.parse(rate)) == 0


def count_within_at_address(request: HttpRequest, *, group: str, who: str, rate: str) -> bool:
    """Do as `count_within` does, for the client's address and the networks around it."""
    return all(
        count_attempt(_key(group, f"{who} {network}"), Rate.parse(rate).multiply(share)) == 0
        for network, share in hash_client_networks(request).items()
    )


def remember(who: str, seconds: int = KNOWN_SECONDS) -> None:
    """Remember for `seconds` from now that a client has done something here."""
    restart_window(_key("known", who), Rate(1, seconds))
    _known_clients.set(who, (), time.time() + seconds, True)


def is_known(who: str, seconds: int = KNOWN_SECONDS) -> bool:
    """Return whether `who` was remembered in the last `seconds`."""
    if _known_clients.get(who, ()):
        return True
    left = get_wait(_key("known", who), Rate(1, seconds))
    if not left:
        return False
    _known_clients.set(who, (), time.time() + left, True)
    return True


def _count(group: str, who: str, rate: Rate) -> bool:
    """Count an attempt and return whether that was possible; raise TooManyRequests above `rate`."""
    wait = count_attempt(_key(group, who), rate)
    if wait:
        _refuse(group, wait)
    return wait is not None


def _refuse(group: str, seconds: float) -> NoReturn:
    metrics.rate_limited.labels(group).inc()
    sentence = _("That was a lot at once. Take a breath and try again in a moment.")
    raise TooManyRequests(sentence, retry_after=math.ceil(seconds))


def _refuse_uncounted() -> NoReturn:
    sentence = _("Logging in isn't possible right now. Please try again in a moment.")
    raise Unavailable(sentence, retry_after=5)


def _refuse_newcomer_above_limit(request: HttpRequest) -> None:
    rate = Rate.parse(settings.NEWCOMER_RATE)
    for network, share in hash_client_networks(request).items():
        if wait := get_wait(_key(NEWCOMERS, network), rate.multiply(share)):
            _refuse(NEWCOMERS, wait)


def _key(group: str, who: str) -> str:
    """Return the key under which the counters know `who`, from which nobody learns an address or a browser."""
    return salted_hmac(RATE_LIMIT_SALT, f"{group}\n{who}", algorithm="sha256").hexdigest()
