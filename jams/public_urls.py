"""The address of a jam for other people's phones: what links, QR codes and the wall carry."""

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port
from django.urls import reverse

from core.network import find_lan_address
from jams.models import Jam

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def public_base(request: HttpRequest) -> str:
    """Return the beginning of every address here, like "https://jam.example": BASE_URL if set, else as asked for.

    Who asks by a name that means "this machine", which no phone could follow, is given the machine's own address on
    the network. The scheme is the visitor's, also behind TRUSTED_PROXIES.
    """
    if settings.BASE_URL:
        return settings.BASE_URL
    host = request.get_host()
    domain, port = split_domain_port(host)
    if (domain in LOOPBACK or domain.startswith("127.")) and (lan := find_lan_address()):
        host = f"{lan}:{port}" if port else lan
    return f"{request.scheme}://{host}"


def jam_address(request: HttpRequest, jam: Jam) -> str:
    """Return the address of the jam page for other people's phones."""
    return public_base(request) + jam.get_absolute_url()


def short_address(request: HttpRequest, jam: Jam) -> str:
    """Return the short address of the jam as people type it: without its scheme and the last slash."""
    return public_base(request).partition("://")[2] + reverse("jams:by_code", args=[jam.code]).rstrip("/")


def share(request: HttpRequest, jam: Jam) -> dict[str, str]:
    """Return what the share dialog tells: the link, and the short address."""
    return {"link": jam_address(request, jam), "short": short_address(request, jam)}
