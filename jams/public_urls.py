"""Absolute URLs of a jam that work on other people's phones, for links, QR codes and the stage screen."""

from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from core.http.base_url import get_base_url
from jams.identity.stage_link import derive_stage_key
from jams.models import Invitation, Jam
from jams.services.invitations import sign_invitation


def build_jam_url(request: HttpRequest, jam: Jam) -> str:
    """Return the absolute URL of the jam page."""
    return get_base_url(request) + jam.get_absolute_url()


def build_short_url(request: HttpRequest, jam: Jam) -> str:
    """Return the short URL of the jam for typing, without scheme and trailing slash."""
    return get_base_url(request).partition("://")[2] + reverse("jams:by_code", args=[jam.code]).rstrip("/")


def build_stage_url(request: HttpRequest, jam: Jam) -> str:
    """Return the absolute URL of the stage screen with the key that shows the room code; only for hosts."""
    return f"{get_base_url(request)}{reverse('jams:stage', args=[jam.slug])}?key={derive_stage_key(jam)}"


def build_invitation_url(request: HttpRequest, invitation: Invitation) -> str:
    """Return the absolute URL with which somebody accepts `invitation`."""
    query = urlencode({"key": sign_invitation(invitation)})
    return f"{get_base_url(request)}{reverse('jams:invitation')}?{query}"


def build_share_links(request: HttpRequest, jam: Jam) -> dict[str, str]:
    """Return the link and the short URL for the share dialog."""
    return {"link": build_jam_url(request, jam), "short": build_short_url(request, jam)}


def get_picture_url(jam: Jam) -> str:
    """Return the URL of the jam's own picture, or ""."""
    return str(jam.background.url) if jam.background else ""
