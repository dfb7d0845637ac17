"""Who may run a jam, and how a page of theirs asks."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from core.exceptions import Forbidden
from core.http.htmx import HtmxRequest
from core.http.types import AuthenticatedRequest
from jams.models import Jam

View = Callable[..., HttpResponse]


class HostRequest(AuthenticatedRequest, HtmxRequest):
    """A request that `for_hosts` has let in."""


def for_hosts(view: View) -> View:
    """Let `view(request, jam, ...)` see only those who run the jam at the address.

    Nobody is sent to log in; to everybody else the jam has no such page, as if there were no jam at all.
    """

    @wraps(view)
    def guarded(request: HtmxRequest, slug: str, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return _to_login(request, slug)
        jam = Jam.objects.run_by(request.user).select_related("venue").filter(slug=slug).first()
        if jam is None:
            raise Http404(_("You don't host a jam at this address."))
        return view(request, jam, **kwargs)

    return guarded


def get_own_jam(user: Any, slug: str) -> Jam:
    """Return the jam at `slug`, its venue loaded, if `user` runs it; raises Http404, or Forbidden for another's."""
    jams = Jam.objects.select_related("venue")
    if own := jams.run_by(user).filter(slug=slug).first():
        return own
    if jams.filter(slug=slug).exists():
        raise Forbidden(_("You're not a host of this jam."))
    raise Http404


def may_run(request: HttpRequest, jam: Jam) -> bool:
    """Whether the one who asks runs `jam`; costs nothing for a browser without a session."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
        return False
    return Jam.objects.run_by(request.user).filter(pk=jam.pk).exists()


def _to_login(request: HtmxRequest, slug: str) -> HttpResponse:
    """Lead to the login, and from there back to a page that can be looked at."""
    is_page = request.method == "GET" and not request.htmx
    back = request.get_full_path() if is_page else reverse("host:console", args=[slug])
    response = redirect_to_login(back)
    return HttpResponseClientRedirect(response.url) if request.htmx else response
