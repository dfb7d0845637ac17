"""Plan jams: name, times, venue and description; plan the next one like another; delete one."""

import logging
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from core.exceptions import Forbidden
from core.local_times import find_next_time
from core.validation import validate_and_save
from jams.models import Jam, SignUps, Suggestions, Voting
from jams.services.added_songs import add_songs, copy_set_list
from jams.services.entry_transitions import lock_jam
from jams.services.host_actions import SETTING_ACTIONS, change_settings
from jams.services.jam_settings import get_planned_set
from jams.services.pictures import delete_picture
from songs.services.pasted_songs import PastedSong
from venues.models import Venue
from venues.policies import filter_plannable
from venues.services import add_venue

#: The settings of a jam that the next one like it gets, except those that close the doors at the end of a night.
CLOSED = {"voting": Voting.CLOSED, "suggestions": Suggestions.OFF, "sign_ups": SignUps.CLOSED}
SETS = ("format", "set_songs", "set_minutes", "changeover_minutes", "stage_plan", "everyone_once_first")
RULES = ("performing_limit", "musicians_edit_chords", "default_parts", "instrument_set")
REPEATED = ("description", *RULES, *SETS, *CLOSED)

logger = logging.getLogger(__name__)


@transaction.atomic
def plan_jam(*, user: User, **values: Any) -> Jam:
    """Create and return a jam with `user` as its host.

    Raises ValidationError, also for a slug that is taken, and Forbidden at a venue where `user` may plan nothing.
    """
    require_venue(values.get("venue"), user)
    jam = Jam()
    validate_and_save(jam, values)
    jam.hosts.add(user)
    return jam


@transaction.atomic
def plan_night(
    *,
    user: User,
    venue: Venue | Mapping[str, str],
    songs_from: Jam | None = None,
    pasted: Collection[PastedSong] = (),
    like: Jam | None = None,
    now: datetime,
    **values: Any,
) -> Jam:
    """Create and return a jam with the songs of `songs_from` and of a pasted list.

    A mapping for `venue` holds the fields of a new venue. With `like`, the jam gets the settings and the hosts of that
    one as well. Raises ValidationError, and Conflict if the name of the new venue is taken or there are too many songs.
    """
    place = venue if isinstance(venue, Venue) else add_venue(user=user, **venue)
    settings = get_repeated_settings(like) if like else _get_usual_settings(place)
    jam = plan_jam(user=user, venue=place, **{**settings, **values})
    if like:
        jam.hosts.add(*like.hosts.all())
    if songs_from:
        copy_set_list(source=songs_from, to=jam, now=now)
    if pasted:
        add_songs(jam=jam, pasted=pasted, user=user, now=now)
    return jam


def require_venue(venue: Venue | None, user: User) -> None:
    """Raise Forbidden unless `user` may plan nights at `venue`."""
    if venue and not filter_plannable(Venue.objects.filter(pk=venue.pk), user).exists():
        raise Forbidden(_("You're not in the team of %(venue)s.") % {"venue": venue.name})


def _get_usual_settings(venue: Venue) -> dict[str, Any]:
    """Return what a new night at `venue` takes from the last one there."""
    last = Jam.objects.filter(venue=venue).order_by("-starts_at", "-pk").first()
    return {"instrument_set": last.instrument_set} if last else {}


@transaction.atomic
def change_plan(*, jam: Jam, **values: Any) -> None:
    """Change these fields of `jam`; the slug is not one of them, because links contain it.

    A hard stop moves with the start, and is at the same time on the clock. What other hosts have changed since `jam`
    was read stays. Raises ValidationError, and NotFound if it was deleted.
    """
    jam = lock_jam(jam)
    jam.venue = Venue.objects.get(pk=jam.venue_id)  # whose name is one of the words that search finds the jam by
    validate_and_save(jam, {**values, **move_hard_stop(jam, values)})


def move_hard_stop(jam: Jam, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the hard stop that follows if `jam` is going to start at another time, as a value to be saved with it."""
    if jam.hard_stop_at is None or values.get("starts_at", jam.starts_at) == jam.starts_at:
        return {}
    clock, zone = jam.hard_stop_at.astimezone(jam.venue.zone).time(), values.get("venue", jam.venue).zone
    return {"hard_stop_at": find_next_time(clock, zone, after=values["starts_at"])}


@transaction.atomic
def change_night(*, jam: Jam, user: User, now: datetime, **values: Any) -> None:
    """Change the plan of `jam` as `change_plan` does, and its settings with their actions, which can be undone.

    Raises Conflict when a setting can't be changed now.
    """
    change_plan(jam=jam, **{name: value for name, value in values.items() if name not in SETTING_ACTIONS})
    change_settings(jam=jam, settings=values, user=user, now=now)


@transaction.atomic
def delete_jam(*, jam: Jam, user: User) -> None:
    """Delete `jam` with its set list, musicians, votes and activity. This can't be undone."""
    name = str(jam)
    jam.delete()
    delete_picture(jam.background)
    logger.info("%s deleted the jam %s", user.get_username(), name)


def get_repeated_settings(jam: Jam) -> dict[str, Any]:
    """Return the settings of `jam` that the next night like it gets, by name: sets are as long as they were planned."""
    found = {name: getattr(jam, name) for name in REPEATED} | get_planned_set(jam)
    return {name: value for name, value in found.items() if name not in CLOSED or value != CLOSED[name]}
