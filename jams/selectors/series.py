"""What pages show of a series: tonight's jam or the next one, and those after it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from core.caching import generations
from core.showable import keep_showable
from jams.models import ANY_ZONE, Jam, JamQuerySet, JamStatus, Series

NEXT_NIGHTS = 3
MAX_NIGHTS = 40  # on the host's page of a series


@dataclass(frozen=True)
class SeriesOfNight:
    """The series of a night, and its next other nights."""

    series: Series
    nights: list[Jam]


def find_tonight_or_next(series: Series, now: datetime) -> Jam | None:
    """Return the night of `series` that its code leads to: tonight's, else the next one, else None.

    Tonight's counts although it was cancelled, so that whoever scans the code is told; a later one does not.
    """
    nights = series.nights.filter(starts_at__gt=now - ANY_ZONE).select_related("venue").order_by("starts_at", "pk")
    found = keep_showable(nights[:MAX_NIGHTS])
    to_come = [night for night in found if night.is_on or (not night.is_over and night.ends_at > now)]
    tonight = [night for night in to_come if night.is_on or night.is_today(now)]
    cancelled = [night for night in found if _is_cancelled_today(night, now)]
    return next(iter([*tonight, *cancelled, *to_come]), None)


def list_nights(series: Series, now: datetime) -> list[Any]:
    """Return the nights of `series` that are on or to come, also cancelled ones, with `song_count`."""
    return keep_showable(filter_to_come(series, now).for_list()[:MAX_NIGHTS])


def read_current_series(jam: Jam) -> SeriesOfNight | None:
    """Return what `read_series_of_night` reads now, cached until a jam or a series changes."""
    if jam.series_id is None:
        return None
    return generations.get_or_build(
        f"series-of-night:{jam.pk}",
        depends_on=("jams", "venues"),
        seconds=settings.LIST_CACHE_SECONDS,
        build=lambda _order: read_series_of_night(jam, timezone.now()),
    )


def read_series_of_night(jam: Jam, now: datetime) -> SeriesOfNight | None:
    """Return the series of `jam` and its next nights; None, without a query, for a jam of no series.

    None as well for a series that cannot be shown: its nights can.
    """
    if jam.series_id is None:
        return None
    series = Series.objects.select_related("venue").get(pk=jam.series_id)
    if not keep_showable([series]):
        return None
    others = filter_to_come(series, now).exclude(pk=jam.pk).filter(starts_at__gt=jam.starts_at)
    return SeriesOfNight(series, keep_showable(others[:NEXT_NIGHTS]))


def list_hosted_series(user: Any) -> list[Series]:
    """Return the series that `user` may change."""
    return keep_showable(Series.objects.run_by(user).select_related("venue").order_by("name_order", "pk"))


def find_next_day(series: Series, now: datetime) -> date:
    """Return the day of the next night of `series` that has not been opened; without one, today at its venue."""
    today = now.astimezone(series.venue.zone).date()
    nights = series.nights.filter(status=JamStatus.SCHEDULED, series_day__gte=today).order_by("series_day")
    return nights.values_list("series_day", flat=True).first() or today


def filter_to_come(series: Series, now: datetime) -> JamQuerySet:
    """The current and upcoming nights of `series`, cancelled ones included."""
    nights: JamQuerySet = series.nights.on_or_coming(now)
    return nights.select_related("venue")


def _is_cancelled_today(night: Jam, now: datetime) -> bool:
    return night.is_cancelled and night.local_start.date() == now.astimezone(night.venue.zone).date()
