"""What the form for a night offers: venues, nights to take songs from, times."""

import math
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from core.local_times import read_local_time
from core.showable import keep_showable
from jams.models import OVER, EntryStatus, Jam
from jams.selectors.host_home import filter_own_venues
from jams.services.added_songs import REPEATED
from jams.services.house_band import filter_idle
from venues.models import Venue
from venues.policies import filter_plannable

MAX_SOURCES = 20
DEFAULT_START, DEFAULT_LENGTH = time(20, 0), timedelta(hours=3, minutes=30)
LAST_START = time(22, 0)
QUARTER = timedelta(minutes=15)


@dataclass(frozen=True)
class Consequences:
    """What is deleted with a jam."""

    songs: int
    played: int
    musicians: int
    votes: int

    @property
    def has_history(self) -> bool:
        """Whether guests have left something."""
        return bool(self.played or self.musicians or self.votes)


def list_usable_venues(user: User) -> list[Venue]:
    """Return the venues where `user` may plan a night, their own first."""
    own = keep_showable(filter_plannable(filter_own_venues(user), user))
    others = Venue.objects.current().exclude(pk__in=[venue.pk for venue in own]).order_by("name_order", "pk")
    return [*own, *keep_showable(filter_plannable(others, user))]


def get_latest_night(user: User) -> Jam | None:
    """Return the night of `user` that was planned last."""
    nights = Jam.objects.run_by(user).select_related("venue").order_by("-created_at", "-pk")
    return next(iter(keep_showable(nights[:MAX_SOURCES])), None)


def list_song_sources(user: User) -> list[Any]:
    """Return the latest nights of `user` that have songs, with `song_count`."""
    nights: Any = Jam.objects.run_by(user).for_list()  # `song_count` is its annotation
    return keep_showable(nights.filter(song_count__gt=0).order_by("-starts_at", "-pk")[:MAX_SOURCES])


def find_last_night(venue: Venue, *, before: datetime) -> Jam | None:
    """Return the last night at `venue` that started before this moment and has songs."""
    nights = venue.jams.filter(starts_at__lt=before, entries__status__in=REPEATED)
    return nights.order_by("-starts_at", "-pk").first()


def propose_times(now: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """Return start and end of a night this evening; one that is late begins within a quarter of an hour.

    From LAST_START on it is the next evening, which after midnight is still the coming one.
    """
    local = now.astimezone(zone).replace(tzinfo=None)
    start = datetime.combine(local.date(), DEFAULT_START)
    if local.time() >= LAST_START:
        start += timedelta(days=1)
    elif local > start:
        start += math.ceil((local - start) / QUARTER) * QUARTER
    begin = read_local_time(start, zone)
    return begin, read_local_time(start + DEFAULT_LENGTH, zone, after=begin)


def propose_next_times(jam: Jam, now: datetime) -> tuple[datetime, datetime]:
    """Return the times of `jam` on the next same weekday that is still to come, on the clock at its venue."""
    zone = jam.venue.zone
    start, end = (moment.replace(tzinfo=None) for moment in (jam.local_start, jam.local_end))
    weeks = max(1, (now.astimezone(zone).replace(tzinfo=None) - start) // timedelta(weeks=1) + 1)
    begin = read_local_time(start + timedelta(weeks=weeks), zone)
    return begin, read_local_time(end + timedelta(weeks=weeks), zone, after=begin)


def find_overlap(nights: QuerySet[Jam]) -> Jam | None:
    """Return another night that is at the venue of one of `nights` at the same time, beside the first such one."""
    others = Jam.objects.exclude(status__in=OVER).order_by("starts_at", "pk")
    beside = others.filter(
        venue=OuterRef("venue"), starts_at__lt=OuterRef("ends_at"), ends_at__gt=OuterRef("starts_at")
    ).exclude(pk=OuterRef("pk"))
    night = nights.exclude(status__in=OVER).filter(Exists(beside)).order_by("starts_at", "pk").first()
    if night is None:
        return None
    beside_it = others.filter(venue=night.venue_id, starts_at__lt=night.ends_at, ends_at__gt=night.starts_at)
    return beside_it.exclude(pk=night.pk).select_related("venue").first()


def count_consequences(jam: Jam) -> Consequences:
    """Return what is deleted with `jam`, in two queries."""
    played = Count("pk", filter=Q(status=EntryStatus.PLAYED), distinct=True)
    counts = jam.entries.aggregate(songs=Count("pk", distinct=True), played=played, votes=Count("votes"))
    musicians = jam.attendees.exclude(name="").exclude(pk__in=filter_idle(jam))  # a series puts these there
    return Consequences(musicians=musicians.count(), **counts)
