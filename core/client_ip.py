"""The client's IP address, behind proxies too. It is never stored; rate limits count under a keyed hash of it."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from core.stable_names import CLIENT_ADDRESS_SALT

IPV6_PREFIX_BITS = 64  # a household or a bar has one such network, and every phone has many addresses in it


def get_client_address(request: HttpRequest) -> str:
    """Return the address from which the request reached our outermost trusted proxy, or "" if unknown.

    Every trusted proxy appends its client's address to X-Forwarded-For. So the n-th from the right is the one to use,
    where n is TRUSTED_PROXIES; whatever is further left came with the request and may be forged.
    """
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",")]
    proxies = settings.TRUSTED_PROXIES
    if 0 < proxies <= len(hops) and (forwarded := _normalise_address(hops[-proxies])):
        return forwarded
    return _normalise_address(request.META.get("REMOTE_ADDR", ""))


def hash_client_address(request: HttpRequest) -> str:
    """Return a keyed hash of the client's address (IPv6: of its /64 network)."""
    address = get_client_address(request)
    if ":" in address:
        address = str(ipaddress.ip_network((address, IPV6_PREFIX_BITS), strict=False))
    return salted_hmac(CLIENT_ADDRESS_SALT, address, algorithm="sha256").hexdigest()


def _normalise_address(text: str) -> str:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return ""
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)
