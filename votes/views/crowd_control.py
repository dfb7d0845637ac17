"""Crowd control for hosts: arrivals per minute, the room code, and removal of votes."""

from datetime import datetime, timedelta

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core.calendar import is_in_calendar
from core.exceptions import Invalid
from core.http.methods import require_form
from core.querysets import is_pk
from jams.identity.host_access import HostRequest, require_host
from jams.models import Jam
from jams.services.room_code import get_room_code, set_room_code
from votes.selectors.arrivals import LOOK_BACK, count_arrivals, preview_void
from votes.services.void_votes import Newcomers, void_newcomers

SPANS = (1, 5, 15, 60, 180)  # minutes of arrivals whose votes can be removed at once


@never_cache
@require_safe
@require_host
def arrivals(request: HostRequest, jam: Jam) -> HttpResponse:
    """Show new phones per minute, and the room code."""
    now = timezone.now()
    context = {
        "jam": jam,
        "room_code": get_room_code(jam, now=now),
        "arrivals": count_arrivals(jam, now=now),
        "hours": LOOK_BACK // timedelta(hours=1),
    }
    return render(request, "votes/arrivals.html", context)


@require_POST
@require_host
def room_code(request: HostRequest, jam: Jam) -> HttpResponse:
    """Turn the room code on (wanted=1) or off (wanted=0)."""
    wanted = request.POST.get("wanted")
    if wanted not in ("0", "1"):
        raise Invalid(_("“wanted” must be 1 or 0."))
    set_room_code(jam=jam, wanted=wanted == "1", user=request.user, now=timezone.now())
    return _redirect_to_arrivals(jam)


@never_cache
@require_form
@require_host
def void(request: HostRequest, jam: Jam) -> HttpResponse:
    """GET: show what would change if the votes of the selected newcomers were removed. POST: remove them."""
    newcomers = _read_newcomers(request.POST if request.method == "POST" else request.GET)
    if request.method == "POST":
        void_newcomers(jam=jam, newcomers=newcomers, user=request.user, now=timezone.now())
        return HttpResponseRedirect(reverse("host:console", args=[jam.slug]) + "#host-feed", status=303)
    context = {
        "jam": jam,
        "newcomers": newcomers,
        "spans": SPANS,
        "preview": preview_void(jam, newcomers),
        "entries": jam.entries.listed().select_related("song").order_by("song__title_order", "pk"),
    }
    return render(request, "votes/void.html", context)


def _read_newcomers(data: QueryDict) -> Newcomers:
    """Parse the selection of a form; raises Invalid."""
    minutes, song = data.get("minutes", "1"), data.get("song", "")
    if minutes not in map(str, SPANS):
        raise Invalid(_("Choose one of the periods."))
    if song and not is_pk(song):
        raise Invalid(_("Choose a song."))
    return Newcomers(
        since=_parse_moment(data.get("since", "")),
        minutes=int(minutes),
        with_musicians=data.get("musicians") == "1",
        only_song=int(song) if song else None,
    )


def _parse_moment(text: str) -> datetime:
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None or timezone.is_naive(moment) or not is_in_calendar(moment):
        raise Invalid(_("“since” must be a time with a time zone."))
    return moment


def _redirect_to_arrivals(jam: Jam) -> HttpResponse:
    return HttpResponseRedirect(reverse("votes:arrivals", args=[jam.slug]), status=303)
