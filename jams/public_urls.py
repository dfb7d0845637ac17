"""Absolute URLs of a jam that work on other people's phones, for links, QR codes and the stage screen."""

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port
from django.urls import reverse

from core.network import find_lan_address
from jams.models import Jam

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def get_base_url(request: HttpRequest) -> str:
    """Return the scheme and host, such as "https://jam.example": BASE_URL if set, else those of the request.

    A loopback host, which other phones can't reach, is replaced by this machine's address on the local network. The
    scheme is the visitor's, also behind TRUSTED_PROXIES.
    """
    if settings.BASE_URL:
        return settings.BASE_URL
    host = request.get_host()
    domain, port = split_domain_port(host)
    if (domain in LOOPBACK or domain.startswith("127.")) and (lan := find_lan_address()):
        host = f"{lan}:{port}" if port else lan
    return f"{request.scheme}://{host}"


def build_jam_url(request: HttpRequest, jam: Jam) -> str:
    """Return the absolute URL of the jam page."""
    return get_base_url(request) + jam.get_absolute_url()


def build_short_url(request: HttpRequest, jam: Jam) -> str:
    """Return the short URL of the jam for typing, without scheme and trailing slash."""
    return get_base_url(request).partition("://")[2] + reverse("jams:by_code", args=[jam.code]).rstrip("/")


def build_share_links(request: HttpRequest, jam: Jam) -> dict[str, str]:
    """Return the link and the short URL for the share dialog."""
    return {"link": build_jam_url(request, jam), "short": build_short_url(request, jam)}
