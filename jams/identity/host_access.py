"""Access control for the hosts of a jam."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_htmx.http import HttpResponseClientRedirect

from accounts.permissions import has_host_account
from core.exceptions import Forbidden
from core.http.htmx import HtmxRequest
from core.http.types import AuthenticatedRequest
from jams.models import Jam, Series
from venues.models import Venue
from venues.policies import filter_with_member

View = Callable[..., HttpResponse]


class HostRequest(AuthenticatedRequest, HtmxRequest):
    """A request that `require_host` has authorised."""


def require_host(view: View) -> View:
    """Decorate `view(request, jam, ...)` so that only hosts of the jam at this slug can use it.

    Anonymous users are redirected to the login. Other users get a 404, which doesn't reveal whether the jam exists.
    """

    return _require_row(view, "slug", _list_jams, gettext_lazy("You don't host a jam at this address."))


def require_host_account(view: View) -> View:
    """Decorate `view(request, ...)` so that only active staff can use it.

    All others are redirected to the login, and from there back.
    """

    @wraps(view)
    def guarded(request: HtmxRequest, **kwargs: Any) -> HttpResponse:
        return view(request, **kwargs) if has_host_account(request.user) else _redirect_to_login(request)

    return guarded


def require_series_host(view: View) -> View:
    """Decorate `view(request, series, ...)` as `require_host` does, for the series with this `pk`."""

    return _require_row(view, "pk", _list_series, gettext_lazy("You don't host a series at this address."))


def require_team_member(view: View) -> View:
    """Decorate `view(request, venue, ...)` as `require_host` does, for members of the team of the venue at its slug."""

    refusal = gettext_lazy("You're not in the team of a venue at this address.")
    return _require_row(view, "venue", _list_venues, refusal)


def _list_jams(user: User) -> QuerySet[Jam]:
    return Jam.objects.run_by(user).select_related("venue")


def _list_series(user: User) -> QuerySet[Series]:
    return Series.objects.run_by(user).select_related("venue")


def _list_venues(user: User) -> QuerySet[Venue]:
    return filter_with_member(Venue.objects.all(), user)


def _require_row(view: View, place: str, list_rows: Callable[[User], QuerySet[Any]], refusal: Any) -> View:
    """Decorate `view(request, row, ...)` for the users whose `list_rows` has the row that `place` in the URL names."""
    column = "pk" if place == "pk" else "slug"

    @wraps(view)
    def guarded(request: HtmxRequest, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return _redirect_to_login(request, kwargs.get("slug", ""))
        row = list_rows(request.user).filter(**{column: kwargs.pop(place)}).first()
        if row is None:
            raise Http404(refusal)
        return view(request, row, **kwargs)

    return guarded


def require_permission(permission: str) -> Callable[[View], View]:
    """Decorate a view of `require_host` or `require_host_account`: raise Forbidden without `permission`.

    The admin and the API ask for the same permissions, like "jams.add_jam".
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HostRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.has_perm(permission):
                raise Forbidden(_("Your account isn't allowed to do that. Please ask an administrator."))
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def get_hosted_jam(user: Any, slug: str) -> Jam:
    """Return the jam at `slug` with its venue; raises Http404, or Forbidden if `user` is not a host."""
    jams = Jam.objects.select_related("venue")
    if own := jams.run_by(user).filter(slug=slug).first():
        return own
    if jams.filter(slug=slug).exists():
        raise Forbidden(_("You're not a host of this jam."))
    raise Http404


def is_requested_by_host(request: HttpRequest, jam: Jam) -> bool:
    """Whether the request comes from a host of `jam`; takes no query for a browser without a session."""
    user = get_logged_in_user(request)
    return user is not None and Jam.objects.run_by(user).filter(pk=jam.pk).exists()


def get_logged_in_user(request: HttpRequest) -> Any:
    """Return the user, or None; takes no query for a browser without a session."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
        return None
    return request.user


def _redirect_to_login(request: HtmxRequest, slug: str = "") -> HttpResponse:
    """Redirect to the login, and from there back to this page, or to the console if it can't be opened with GET."""
    is_page = request.method == "GET" and not request.htmx
    place = reverse("host:console", args=[slug]) if slug else reverse("host:home")
    back = request.get_full_path() if is_page else place
    response = redirect_to_login(back)
    return HttpResponseClientRedirect(response.url) if request.htmx else response
