"""The pages for hosts around a series: its coming nights, a new one, "this and all following", its end."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core.http.base_url import get_base_url
from core.http.methods import require_form
from jams.forms import SETS, SeriesForm, show_clock
from jams.identity.host_access import (
    HostRequest,
    require_host,
    require_host_account,
    require_permission,
    require_series_host,
)
from jams.models import Jam, Series
from jams.selectors.planning import DEFAULT_LENGTH, DEFAULT_START, list_usable_venues, propose_next_times
from jams.selectors.series import filter_to_come, find_next_day, list_nights
from jams.services import series as services
from jams.services.planning import get_repeated_settings
from jams.views._remarks import remark_overlap
from venues.models import Venue


@never_cache
@require_safe
@require_series_host
def series_home(request: HostRequest, series: Series) -> HttpResponse:
    now = timezone.now()
    base = get_base_url(request)
    context = {
        "series": series,
        "nights": list_nights(series, now),
        "now": now,
        "link": base + series.get_absolute_url(),
        "host": base.partition("://")[2],
    }
    return render(request, "host/series.html", context)


@never_cache
@require_form
@require_host_account
@require_permission("jams.add_series")
def new_series(request: HostRequest) -> HttpResponse:
    return _plan_series(request)


@never_cache
@require_form
@require_host
@require_permission("jams.add_series")
def repeat_night(request: HostRequest, jam: Jam) -> HttpResponse:
    """Plan a series that begins with this night."""
    return _plan_series(request, like=jam)


@never_cache
@require_form
@require_series_host
@require_permission("jams.change_series")
def edit_series(request: HostRequest, series: Series) -> HttpResponse:
    """Change the series from a day on: the one in the query, else today."""
    venues = list_usable_venues(request.user)
    if series.venue not in venues:
        venues.insert(0, series.venue)
    now = timezone.now()
    since = _read_day(request.GET.get("since", "")) or find_next_day(series, now)
    form = SeriesForm(
        _get_sent(request), instance=series, venues=venues, initial={"venue": str(series.venue.pk), "since": since}
    )
    if form.is_valid():
        services.change_series(series=Series.objects.get(pk=series.pk), now=now, **form.cleaned_data)
        messages.success(request, _("Saved. The nights that follow have been changed."))
        remark_overlap(request, filter_to_come(series, now))
        return _redirect(series)
    return render(request, "host/plan_series.html", {"form": form, "series": series})


@never_cache
@require_form
@require_series_host
@require_permission("jams.change_series")
def end(request: HostRequest, series: Series) -> HttpResponse:
    """Ask, then end the series with today."""
    now = timezone.now()
    if request.method == "POST":
        today = now.astimezone(series.venue.zone).date()
        cancelled = services.end_series(series=series, last_on=today, user=request.user, now=now)
        sentence = ngettext(
            "%(series)s has ended. %(n)d night was cancelled.",
            "%(series)s has ended. %(n)d nights were cancelled.",
            cancelled,
        )
        messages.success(request, sentence % {"series": series.name, "n": cancelled})
        return HttpResponseRedirect(reverse("host:home"), status=303)
    nights = list_nights(series, now)
    return render(request, "host/end_series.html", {"series": series, "nights": nights, "now": now})


@require_POST
@require_series_host
@require_permission("jams.change_series")
def set_series_template(request: HostRequest, series: Series) -> HttpResponse:
    """Let new nights begin with the songs and settings of the night that was chosen."""
    night = get_object_or_404(series.nights.select_related("venue"), slug=request.POST.get("night", ""))
    services.set_template(series=series, night=night)
    messages.success(request, _("New nights begin with the songs and settings of this night."))
    return _redirect(series)


def _plan_series(request: HostRequest, like: Jam | None = None) -> HttpResponse:
    now, venues = timezone.now(), list_usable_venues(request.user)
    if like and like.venue not in venues:
        venues.insert(0, like.venue)
    if not venues:
        return HttpResponseRedirect(reverse("host:new_venue"))
    form = SeriesForm(_get_sent(request), venues=venues, initial=_get_initial(like, venues[0], now))
    if form.is_valid():
        series = services.plan_series(user=request.user, like=like, now=now, **form.cleaned_data)
        count = series.nights.count()
        sentence = ngettext(
            "%(when)s from %(time)s: %(n)d night is planned.",
            "%(when)s from %(time)s: %(n)d nights are planned.",
            count,
        )
        when = {"when": capfirst(series.describe_rule()), "time": f"{series.starts_at:%H:%M}", "n": count}
        messages.success(request, sentence % when)
        remark_overlap(request, filter_to_come(series, now))
        return _redirect(series)
    return render(request, "host/plan_series.html", {"form": form, "like": like})


def _get_initial(like: Jam | None, venue: Venue, now: datetime) -> dict[str, Any]:
    if like:
        start, end = like.local_start, like.local_end
        if like.ends_at <= now:
            start, end = propose_next_times(like, now)
        shared = {"name": like.name, "venue": str(like.venue.pk)}
        settings = get_repeated_settings(like)
        sets = {name: settings[name] for name in ("format", *SETS)}
        if like.hard_stop_at:
            with timezone.override(like.venue.zone):
                sets["hard_stop"] = show_clock(like.hard_stop_at)
        times = {"first_on": start.date(), "starts_at": start.time(), "ends_at": end.time(), "repeats": "1"}
        return {**shared, **sets, **times}
    tomorrow = timezone.localtime(now, venue.zone).date() + timedelta(days=1)
    begin = datetime.combine(tomorrow, DEFAULT_START)
    times = {"starts_at": begin.time(), "ends_at": (begin + DEFAULT_LENGTH).time()}
    return {"first_on": begin.date(), "repeats": "1", **times}


def _get_sent(request: HostRequest) -> Mapping[str, Any] | None:
    return request.POST if request.method == "POST" else None


def _read_day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _redirect(series: Series) -> HttpResponse:
    return HttpResponseRedirect(reverse("host:series", args=[series.pk]), status=303)
