"""Crowd control for hosts: arrivals per minute, the room code, and removal of votes."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count
from django.db.models.functions import TruncMinute
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core.calendar import is_in_calendar
from core.exceptions import Invalid
from jams.identity.host_access import HostRequest, require_host
from jams.models import Attendee, Jam
from jams.services.room_code import set_room_code
from votes.services.void_votes import void_newcomers

LOOK_BACK = timedelta(hours=6)
ROWS = 50


@never_cache
@require_safe
@require_host
def arrivals(request: HostRequest, jam: Jam) -> HttpResponse:
    """Show new phones per minute, and the room code."""
    return render(
        request,
        "votes/arrivals.html",
        {"jam": jam, "arrivals": _count_arrivals(jam, timezone.now()), "hours": LOOK_BACK // timedelta(hours=1)},
    )


@require_POST
@require_host
def room_code(request: HostRequest, jam: Jam) -> HttpResponse:
    """Turn the room code on (wanted=1) or off (wanted=0)."""
    wanted = request.POST.get("wanted")
    if wanted not in ("0", "1"):
        raise Invalid(_("“wanted” must be 1 or 0."))
    set_room_code(jam=jam, wanted=wanted == "1", user=request.user, now=timezone.now())
    return _redirect_to_arrivals(jam)


@require_POST
@require_host
def void_minute(request: HostRequest, jam: Jam) -> HttpResponse:
    """Remove the votes of the listeners who arrived in the minute `since`."""
    since = _parse_moment(request.POST.get("since", ""))
    void_newcomers(jam=jam, since=since, user=request.user, now=timezone.now())
    return _redirect_to_arrivals(jam)


def _count_arrivals(jam: Jam, now: datetime) -> list[dict[str, Any]]:
    """Return the number of new listeners and their votes per minute, newest first."""
    arrived = Attendee.objects.filter(jam=jam, name="", created_at__gt=now - LOOK_BACK, created_at__lte=now)
    rows: Any = arrived.order_by().annotate(minute=TruncMinute("created_at", tzinfo=jam.venue.zone)).values("minute")
    counted = rows.annotate(phones=Count("pk", distinct=True), votes=Count("votes")).order_by("-minute")[:ROWS]
    return [{**row, "many": row["phones"] >= settings.CROWD_ALARM} for row in counted]


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
