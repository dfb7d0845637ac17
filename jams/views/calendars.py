"""Calendar feeds (iCalendar, RFC 5545) of all jams, of a venue or a series, and one jam as a file for a calendar."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from icalendar import Calendar, Event, Timezone, TimezoneStandard, vDuration, vText

from core.caching.pages import public_page
from core.showable import keep_showable
from core.text import clean_lines, clean_text
from jams.models import Jam, JamQuerySet, Series
from jams.public_urls import build_jam_url
from venues.models import Venue

SINCE = timedelta(days=30)
MAX_JAMS = 500  # in one calendar
MAX_SEQUENCE = 2**31 - 1  # what the standard's integers hold
REFRESH = timedelta(hours=1)  # how often calendars are asked to look again


@public_page(depends_on=("jams", "venues"), seconds="LIST_CACHE_SECONDS", by_host=True)
@require_safe
def site_calendar(request: HttpRequest) -> HttpResponse:
    return _render_calendar(request, _("Jam nights"), Jam.objects.all())


@public_page(depends_on=("jams", "venues"), seconds="LIST_CACHE_SECONDS", by_host=True)
@require_safe
def venue_calendar(request: HttpRequest, venue_slug: str) -> HttpResponse:
    venue = get_object_or_404(Venue, slug=venue_slug)
    name = _("Jam nights at %(venue)s") % {"venue": venue.name}
    return _render_calendar(request, name, Jam.objects.filter(venue=venue))


@public_page(depends_on=("jams", "venues"), seconds="LIST_CACHE_SECONDS", by_host=True)
@require_safe
def series_calendar(request: HttpRequest, code: str) -> HttpResponse:
    series = Series.objects.get_by_code(code)
    return _render_calendar(request, series.name, Jam.objects.filter(series=series))


@public_page(depends_on=("jam:{slug}", "jams", "venues"), seconds="LIST_CACHE_SECONDS", by_host=True)
@require_safe
def jam_calendar(request: HttpRequest, slug: str) -> HttpResponse:
    """Return one jam, whenever it is, for "Add to calendar"."""
    jam = Jam.objects.get_for_page(slug)
    return _render_events(request, jam.name, [jam])


def _render_calendar(request: HttpRequest, name: str, jams: JamQuerySet) -> HttpResponse:
    return _render_events(request, name, keep_showable(_select_recent(jams, timezone.now())))


def _render_events(request: HttpRequest, name: str, jams: Iterable[Jam]) -> HttpResponse:
    calendar = Calendar()
    title = vText(clean_text(name))
    for key, value in {"prodid": "-//Jamsite//EN", "version": "2.0", "calscale": "GREGORIAN"}.items():
        calendar.add(key, value)
    for key in ("name", "x-wr-calname"):  # the standard's, and what most calendars read
        calendar.add(key, title)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESH))
    for jam in jams:
        calendar.add_component(_build_event(request, jam))
    if not calendar.subcomponents:
        calendar.add_component(_build_utc())
    response = HttpResponse(calendar.to_ical(), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="jams.ics"'
    return response


def _select_recent(jams: JamQuerySet, now: datetime) -> JamQuerySet:
    """Return up to MAX_JAMS jams from SINCE ago on, soonest first."""
    lately = jams.filter(starts_at__gt=now - SINCE).select_related("venue")
    return lately.order_by("starts_at", "pk")[:MAX_JAMS]


def _build_event(request: HttpRequest, jam: Jam) -> Event:
    event = Event()
    event.add("uid", str(jam.uid))
    for key in ("dtstamp", "last-modified"):
        event.add(key, jam.revised_at)
    event.add("created", jam.created_at)
    seconds = int((jam.revised_at - jam.created_at).total_seconds())
    event.add("sequence", min(max(0, seconds), MAX_SEQUENCE))  # rises with every revision
    event.add("status", "CANCELLED" if jam.is_cancelled else "CONFIRMED")
    event.add("dtstart", jam.starts_at)
    event.add("dtend", jam.ends_at)
    place = ", ".join(filter(None, [jam.venue.name, jam.venue.address]))
    for key, text in {"summary": jam.name, "location": place, "description": jam.description}.items():
        if text := clean_lines(text):
            event.add(key, text)
    event.add("url", build_jam_url(request, jam))
    return event


def _build_utc() -> Timezone:
    """Return the time zone of all events, for a calendar without one: a calendar must not be empty."""
    zone, standard = Timezone(), TimezoneStandard()
    zone.add("tzid", "Etc/UTC")
    standard.add("dtstart", datetime(1970, 1, 1))  # noqa: DTZ001  (local time is what the standard asks for here)
    for key in ("tzoffsetfrom", "tzoffsetto"):
        standard.add(key, timedelta(0))
    zone.add_component(standard)
    return zone
