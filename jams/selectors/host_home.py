"""A host's home: the nights and venues of one user. Personal: never cache it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from core.pagination import Page, paginate
from core.showable import keep_showable
from jams.models import Entry, EntryStatus, Jam, JamQuerySet, Series
from jams.selectors.series import list_hosted_series
from songs.models import Song
from venues.models import Membership, Venue, VenueQuerySet
from venues.policies import filter_changeable, filter_plannable, filter_with_member

MAX_UPCOMING = 60
MAX_VENUES = 24
PAST_PER_PAGE = 12


@dataclass(frozen=True)
class HostHome:
    """`tonight` holds the jams that are on or start today, at their venue.

    `waiting` counts suggestions to approve; `waiting_at` is the first night that has some.
    """

    tonight: list[Jam]
    upcoming: list[Jam]
    past: Page[Jam]
    venues: list[Venue]
    waiting: int
    waiting_at: Jam | None
    series: list[Series]

    @property
    def is_new(self) -> bool:
        """Whether the account has no night yet."""
        return not (self.tonight or self.upcoming or self.past.rows)


@dataclass(frozen=True)
class FirstSteps:
    """What is there before the first night of a host: a venue to plan it at, and songs."""

    venues: bool
    songs: bool


def read_host_home(user: User, *, now: datetime, page: str) -> HostHome:
    """Return the nights that `user` runs; `page` is the number of a page of the past ones, "" for the first.

    Raises Invalid or NotFound for a wrong number.
    """
    mine = _count_waiting(Jam.objects.run_by(user).for_list())
    current = keep_showable(mine.on_or_coming(now)[:MAX_UPCOMING])
    tonight = [jam for jam in current if jam.is_on or jam.is_today(now)]
    return HostHome(
        tonight=tonight,
        upcoming=_take_first_of_series([jam for jam in current if jam not in tonight]),
        past=paginate(mine.past(now), page, size=PAST_PER_PAGE),
        venues=keep_showable(_mark_teams(filter_own_venues(user), user)[:MAX_VENUES]),
        waiting=sum(jam.waiting_count for jam in current),
        waiting_at=next((jam for jam in current if jam.waiting_count), None),
        series=list_hosted_series(user),
    )


def read_first_steps(user: User) -> FirstSteps:
    venues = filter_plannable(Venue.objects.current(), user)
    return FirstSteps(venues=venues.exists(), songs=Song.objects.current().exists())


def filter_own_venues(user: User) -> VenueQuerySet:
    """The venues of the teams of `user` and of the nights that `user` runs, without archived ones."""
    nights, teams = Jam.objects.run_by(user).values("venue"), Membership.objects.filter(user=user).values("venue")
    return Venue.objects.current().filter(Q(pk__in=nights) | Q(pk__in=teams)).order_by("name_order", "pk")


def _mark_teams(venues: VenueQuerySet, user: User) -> VenueQuerySet:
    """Annotate `venues` with whether `user` may open the page of the team (`shows_team`) and edit it."""
    teams = filter_with_member(Venue.objects.filter(pk=OuterRef("pk")), user)
    changeable = filter_changeable(Venue.objects.filter(pk=OuterRef("pk")), user)
    return venues.annotate(shows_team=Exists(teams), is_changeable=Exists(changeable))


def _take_first_of_series(jams: list[Jam]) -> list[Jam]:
    """Return `jams` with only the first one of each series; the others are on the page of the series."""
    first = {jam.series_id: jam for jam in reversed(jams)}
    return [jam for jam in jams if jam.series_id is None or first[jam.series_id] is jam]


def _count_waiting(jams: JamQuerySet) -> Any:
    waiting = Entry.objects.filter(jam=OuterRef("pk"), status=EntryStatus.SUGGESTED).order_by()
    count = waiting.values("jam").annotate(n=Count("pk")).values("n")
    return jams.annotate(waiting_count=Coalesce(Subquery(count), 0))
