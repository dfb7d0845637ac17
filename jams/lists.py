"""The pages that lead to a jam: home, the list of all jams, and what this site is."""

from datetime import datetime

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from jams.filters import JamFilter
from jams.models import Jam, JamStatus
from jamsite.paging import page_of
from venues.models import Venue

COMING_ON_HOME = 6
ON_NOW = (JamStatus.LIVE, JamStatus.PAUSED)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    today = todays_jams(now)
    coming = Jam.objects.coming(now).exclude(pk__in=[jam.pk for jam in today]).for_list()[:COMING_ON_HOME]
    return render(request, "jams/home.html", {"now": now, "today": today, "coming": list(coming)})


def todays_jams(now: datetime) -> list[Jam]:
    """Return those that are today at their venue, and those still going on: these first, then by start."""
    around = Jam.objects.around(now).for_list().order_by("starts_at", "pk")
    today = [jam for jam in around if jam.status in ON_NOW or jam.is_today(now)]
    return sorted(today, key=lambda jam: jam.status not in ON_NOW)


@require_safe
def jam_list(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    venues = list(Venue.objects.order_by("name", "pk").fetch_mode(models.FETCH_RAISE))
    chosen = JamFilter.read(request.GET.dict(), venues)
    page = page_of(chosen.narrow(Jam.objects.for_list(), venues, now), request.GET.get("page", ""))
    venues = [venue for venue in venues if not venue.archived or venue == chosen.venue]
    return render(request, "jams/list.html", {"now": now, "chosen": chosen, "page": page, "venues": venues})


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    return render(request, "jams/about.html")
