"""Absolute URLs that work on other people's devices, for links, QR codes, feeds and previews in other apps."""

from urllib.parse import urljoin

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port
from django.templatetags.static import static

from core.network import find_lan_address

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


def build_link_preview(request: HttpRequest, path: str, picture: str = "") -> dict[str, str]:
    """Return the absolute URLs of a page and its picture (by default the site's), for _link_preview.html."""
    base = get_base_url(request)
    return {"url": base + path, "image": urljoin(base, picture or static("img/share.png"))}
