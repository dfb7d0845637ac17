"""Narrowing the list of jams: by venue, by coming or past, by day."""

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
from jams.models import JamQuerySet
from venues.models import Venue

COMING, PAST = "coming", "past"
YEARS = range(1970, 2200)  # beyond them a day has no midnight in every time zone


@dataclass(frozen=True)
class JamFilter:
    """What the visitor asked to see; `day` is a day on the calendar of each venue."""

    venue: Venue | None
    when: str
    day: date | None

    @classmethod
    def read(cls, asked: Mapping[str, str], venues: Iterable[Venue]) -> Self:
        """Understand the query of an address. Raises Invalid for a value that makes no sense."""
        return cls(
            venue=_venue(asked.get("venue", ""), venues),
            when=_when(asked.get("when", "")),
            day=_day(asked.get("date", "")),
        )

    def __bool__(self) -> bool:
        return bool(self.venue or self.when or self.day)

    def narrow(self, jams: JamQuerySet, venues: Iterable[Venue], now: datetime) -> JamQuerySet:
        """Return those of `jams` that were asked for: the soonest first when they lie ahead, else the latest."""
        if self.venue:
            jams = jams.filter(venue=self.venue)
        if self.day:
            jams = on_day(jams, self.day, [self.venue] if self.venue else venues)
        if self.when:
            return jams.past(now) if self.when == PAST else jams.on_or_coming(now)
        return jams.order_by("-starts_at", "-pk")


def known_venues() -> list[Venue]:
    """Return all venues by name, the archived ones too: kept until one of them changes."""
    return generations.get_or_build(
        "venues:known",
        depends_on=("venues",),
        seconds=settings.LIST_CACHE_SECONDS,
        build=lambda _order: list(Venue.objects.order_by("name", "pk").defer("description")),
    )


def on_day(jams: JamQuerySet, day: date, venues: Iterable[Venue]) -> JamQuerySet:
    """Those of `jams` that start on `day` at their venue, which is one of `venues`."""
    noon = datetime.combine(day, time(12), UTC)
    zones = sorted({venue.time_zone for venue in venues})
    return jams.around(noon).filter(reduce(or_, (_starts_on(day, zone) for zone in zones), Q(pk__in=[])))


def _starts_on(day: date, zone: str) -> Q:
    midnight = datetime.combine(day, time.min, ZoneInfo(zone))
    next_midnight = datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(zone))
    return Q(venue__time_zone=zone, starts_at__gte=midnight, starts_at__lt=next_midnight)


def _venue(slug: str, venues: Iterable[Venue]) -> Venue | None:
    for venue in venues:
        if venue.slug == slug:
            return venue
    if slug:
        raise Invalid(_("There's no venue with that name."))
    return None


def _when(word: str) -> str:
    if word not in ("", COMING, PAST):
        raise Invalid(_("Choose upcoming or past jams."))
    return word


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.year not in YEARS:
        raise Invalid(_("That isn't a date. Write it like this: 2026-11-27."))
    return day
