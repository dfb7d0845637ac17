"""Calendar feeds (iCalendar, RFC 5545) of all jams or of one venue, and one jam as a file for a calendar."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from icalendar import Calendar, Event

from core.caching.pages import public_page
from jams.models import Jam, JamQuerySet
from jams.public_urls import build_jam_url
from venues.models import Venue

SINCE = timedelta(days=30)
MAX_JAMS = 500  # in one calendar


@public_page(depends_on=("jams", "venues"), seconds="LIST_CACHE_SECONDS", by_host=True)
@require_safe
def site_calendar(request: HttpRequest) -> HttpResponse:
    return _render_calendar(request, _("Jam nights"), Jam.objects.all())


@public_page(depends_on=("jams", "venues"), seconds="LIST_CACHE_SECONDS", by_host=True)
@require_safe
def venue_calendar(request: HttpRequest, slug: str) -> HttpResponse:
    venue = get_object_or_404(Venue, slug=slug)
    name = _("Jam nights at %(venue)s") % {"venue": venue.name}
    return _render_calendar(request, name, Jam.objects.filter(venue=venue))


@public_page(depends_on=("jam:{slug}", "jams", "venues"), seconds="LIST_CACHE_SECONDS", by_host=True)
@require_safe
def jam_calendar(request: HttpRequest, slug: str) -> HttpResponse:
    """Return one jam, whenever it is, for "Add to calendar"."""
    jam = Jam.objects.get_for_page(slug)
    return _render_events(request, jam.name, [jam])


def _render_calendar(request: HttpRequest, name: str, jams: JamQuerySet) -> HttpResponse:
    return _render_events(request, name, _select_recent(jams, timezone.now()))


def _render_events(request: HttpRequest, name: str, jams: Iterable[Jam]) -> HttpResponse:
    calendar = Calendar()
    for key, value in {"prodid": "-//Jamsite//EN", "version": "2.0", "x-wr-calname": name}.items():
        calendar.add(key, value)
    for jam in jams:
        calendar.add_component(_build_event(request, jam))
    response = HttpResponse(calendar.to_ical(), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="jams.ics"'
    return response


def _select_recent(jams: JamQuerySet, now: datetime) -> JamQuerySet:
    """Return up to MAX_JAMS jams from SINCE ago on, soonest first."""
    lately = jams.filter(starts_at__gt=now - SINCE).select_related("venue")
    return lately.order_by("starts_at", "pk")[:MAX_JAMS]


def _build_event(request: HttpRequest, jam: Jam) -> Event:
    event = Event()
    event.add("uid", f"{jam.slug}@jamsite")
    event.add("dtstamp", jam.created_at)
    event.add("dtstart", jam.starts_at)
    event.add("dtend", jam.ends_at)
    event.add("summary", jam.name)
    event.add("location", ", ".join(filter(None, [jam.venue.name, jam.venue.address])))
    event.add("description", jam.description)
    event.add("url", build_jam_url(request, jam))
    return event
