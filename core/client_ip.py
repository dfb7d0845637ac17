"""Where a request comes from. Addresses are never stored: `address_key` is what the cache counts under."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from core.stable_names import CLIENT_ADDRESS_SALT

IPV6_PREFIX_BITS = 64  # bits: a household or a bar has a network of this size, and every phone many addresses in it


def get_client_address(request: HttpRequest) -> str:
    """Return the address from which the request reached the outermost proxy that we trust, or "" if unknown.

    Every trusted proxy adds the address that it was asked from to X-Forwarded-For, so ours is as many from the right
    as there are proxies; what stands further left was brought along and may be made up.
    """
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",")]
    proxies = settings.TRUSTED_PROXIES
    if 0 < proxies <= len(hops) and (forwarded := _normalise_address(hops[-proxies])):
        return forwarded
    return _normalise_address(request.META.get("REMOTE_ADDR", ""))


def hash_client_address(request: HttpRequest) -> str:
    """Return what stands for the request's network: the address (IPv6: its /64) as a keyed hash."""
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
