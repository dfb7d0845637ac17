"""The client's IP address, behind proxies too. It is never stored; rate limits count under a keyed hash of it."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from core.stable_names import CLIENT_ADDRESS_SALT

# A bar or a household has a /64, in which every phone has many addresses; many get a /56 or a /48 from their provider,
# so one script has 256 or 65,536 of those. The wider networks are counted too, with so many times the limit.
IPV6_NETWORKS = {64: 1, 56: 4, 48: 16}


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


def hash_client_networks(request: HttpRequest) -> dict[str, int]:
    """Return keyed hashes of the client's networks, the smallest first, and how many times a limit each may use.

    That is an IPv4 address, once, or the IPv6 networks of IPV6_NETWORKS.
    """
    address = get_client_address(request)
    networks = {address: 1}
    if ":" in address:
        networks = {
            str(ipaddress.ip_network((address, bits), strict=False)): share for bits, share in IPV6_NETWORKS.items()
        }
    return {_hash(network): share for network, share in networks.items()}


def _hash(network: str) -> str:
    return salted_hmac(CLIENT_ADDRESS_SALT, network, algorithm="sha256").hexdigest()


def _normalise_address(text: str) -> str:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return ""
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)
