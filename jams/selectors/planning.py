"""What the form for a night offers: venues, nights to take songs from, times."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Q

from core.local_times import read_local_time
from jams.models import EntryStatus, Jam
from jams.selectors.host_home import filter_own_venues
from jams.services.added_songs import REPEATED
from venues.models import Venue

MAX_SOURCES = 20
DEFAULT_START, DEFAULT_LENGTH = time(20, 0), timedelta(hours=3, minutes=30)


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
    """Return the venues for a night, those of the user's own nights first."""
    own = list(filter_own_venues(user))
    return [*own, *Venue.objects.current().exclude(pk__in=[venue.pk for venue in own]).order_by("name", "pk")]


def get_latest_night(user: User) -> Jam | None:
    """Return the night of `user` that was planned last."""
    return Jam.objects.run_by(user).select_related("venue").order_by("-created_at", "-pk").first()


def list_song_sources(user: User) -> list[Any]:
    """Return the latest nights of `user` that have songs, with `song_count`."""
    nights: Any = Jam.objects.run_by(user).for_list()  # `song_count` is its annotation
    return list(nights.filter(song_count__gt=0).order_by("-starts_at", "-pk")[:MAX_SOURCES])


def find_last_night(venue: Venue, *, before: datetime) -> Jam | None:
    """Return the last night at `venue` that started before this moment and has songs."""
    nights = venue.jams.filter(starts_at__lt=before, entries__status__in=REPEATED)
    return nights.order_by("-starts_at", "-pk").first()


def propose_times(now: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """Return start and end of a night this evening, or tomorrow if it is late."""
    local = now.astimezone(zone)
    start = datetime.combine(local.date(), DEFAULT_START)
    if local.replace(tzinfo=None) >= start:
        start += timedelta(days=1)
    return read_local_time(start, zone), read_local_time(start + DEFAULT_LENGTH, zone)


def propose_next_times(jam: Jam, now: datetime) -> tuple[datetime, datetime]:
    """Return the times of `jam` on the next same weekday that is still to come, on the clock at its venue."""
    zone = jam.venue.zone
    start, end = (moment.replace(tzinfo=None) for moment in (jam.local_start, jam.local_end))
    weeks = max(1, (now.astimezone(zone).replace(tzinfo=None) - start) // timedelta(weeks=1) + 1)
    begin = read_local_time(start + timedelta(weeks=weeks), zone)
    return begin, read_local_time(end + timedelta(weeks=weeks), zone, after=begin)


def count_consequences(jam: Jam) -> Consequences:
    """Return what is deleted with `jam`, in two queries."""
    played = Count("pk", filter=Q(status=EntryStatus.PLAYED), distinct=True)
    counts = jam.entries.aggregate(songs=Count("pk", distinct=True), played=played, votes=Count("votes"))
    return Consequences(musicians=jam.attendees.exclude(name="").count(), **counts)
