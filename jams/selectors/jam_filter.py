"""Filters for the list of jams: by venue, upcoming or past, and date."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import reduce
from operator import or_
from typing import Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from core.caching import generations
from core.exceptions import Invalid
from core.showable import keep_showable
from jams.models import JamQuerySet
from venues.models import Venue

COMING, PAST = "coming", "past"
YEARS = range(1970, 2200)  # outside this range, midnight can't be computed in every time zone


@dataclass(frozen=True)
class JamFilter:
    """The chosen filters; `day` is a date in the time zone of each venue."""

    venue: Venue | None
    when: str
    day: date | None

    @classmethod
    def from_query(cls, query: Mapping[str, str], venues: Iterable[Venue]) -> Self:
        """Parse the query string of a URL. Raises Invalid for an unknown or malformed value."""
        return cls(
            venue=_find_venue(query.get("venue", ""), venues),
            when=_parse_when(query.get("when", "")),
            day=_parse_day(query.get("date", "")),
        )

    def __bool__(self) -> bool:
        return bool(self.venue or self.when or self.day)

    def narrow(self, jams: JamQuerySet, venues: Iterable[Venue], now: datetime) -> JamQuerySet:
        """Return the jams that match: soonest first for upcoming jams, else latest first."""
        if self.venue:
            jams = jams.filter(venue=self.venue)
        if self.day:
            jams = filter_by_day(jams, self.day, [self.venue] if self.venue else venues)
        if self.when:
            return jams.past(now) if self.when == PAST else jams.on_or_coming(now)
        return jams.order_by("-starts_at", "-pk")


def list_venues() -> list[Venue]:
    """Return the venues by name, including archived ones; cached until a venue changes."""
    return generations.get_or_build(
        "venues:known",
        depends_on=("venues",),
        seconds=settings.LIST_CACHE_SECONDS,
        build=lambda _order: keep_showable(
            Venue.objects.order_by("name_order", "pk").only("name", "slug", "time_zone", "archived")
        ),
    )


def filter_by_day(jams: JamQuerySet, day: date, venues: Iterable[Venue]) -> JamQuerySet:
    """Return the jams that start on `day` in the time zone of their venue; `venues` must include that venue."""
    noon = datetime.combine(day, time(12), UTC)
    zones = sorted({venue.time_zone for venue in venues})
    return jams.around(noon).filter(reduce(or_, (_starts_on(day, zone) for zone in zones), Q(pk__in=[])))


def _starts_on(day: date, zone: str) -> Q:
    midnight = datetime.combine(day, time.min, ZoneInfo(zone))
    next_midnight = datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(zone))
    return Q(venue__time_zone=zone, starts_at__gte=midnight, starts_at__lt=next_midnight)


def _find_venue(slug: str, venues: Iterable[Venue]) -> Venue | None:
    for venue in venues:
        if venue.slug == slug:
            return venue
    if slug:
        raise Invalid(_("There's no venue with that name."))
    return None


def _parse_when(word: str) -> str:
    if word not in ("", COMING, PAST):
        raise Invalid(_("Choose upcoming or past jams."))
    return word


def _parse_day(text: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.year not in YEARS:
        raise Invalid(_("That isn't a date. Write it like this: 2026-11-27."))
    return day
