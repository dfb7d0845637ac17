"""Plan jams: name, times, venue and description; plan the next one like another; delete one."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from core.validation import validate_and_save
from jams.models import Jam, SignUps, Suggestions, Voting
from jams.services.added_songs import copy_set_list
from jams.services.entry_transitions import lock_jam
from jams.services.pictures import delete_picture
from venues.models import Venue
from venues.services import add_venue

#: The settings of a jam that the next one like it gets, except those that close the doors at the end of a night.
CLOSED = {"voting": Voting.CLOSED, "suggestions": Suggestions.OFF, "sign_ups": SignUps.CLOSED}
SETS = ("format", "set_songs", "set_minutes", "changeover_minutes", "stage_plan", "everyone_once_first")
RULES = ("performing_limit", "musicians_edit_chords", "default_parts", "instrument_set")
REPEATED = ("description", *RULES, *SETS, *CLOSED)

logger = logging.getLogger(__name__)


@transaction.atomic
def plan_jam(*, user: User, **values: Any) -> Jam:
    """Create and return a jam with `user` as its host. Raises ValidationError, also for a slug that is taken."""
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
    like: Jam | None = None,
    now: datetime,
    **values: Any,
) -> Jam:
    """Create and return a jam with the songs of `songs_from`; a mapping for `venue` holds the fields of a new venue.

    With `like`, it gets the settings and the hosts of that jam as well. Raises ValidationError, and Conflict if the
    name of the new venue is taken.
    """
    place = venue if isinstance(venue, Venue) else add_venue(**venue)
    settings = get_repeated_settings(like) if like else _get_usual_settings(place)
    jam = plan_jam(user=user, venue=place, **{**settings, **values})
    if like:
        jam.hosts.add(*like.hosts.all())
    if songs_from:
        copy_set_list(source=songs_from, to=jam, now=now)
    return jam


def _get_usual_settings(venue: Venue) -> dict[str, Any]:
    """Return what a new night at `venue` takes from the last one there."""
    last = Jam.objects.filter(venue=venue).order_by("-starts_at", "-pk").first()
    return {"instrument_set": last.instrument_set} if last else {}


@transaction.atomic
def change_plan(*, jam: Jam, **values: Any) -> None:
    """Change these fields of `jam`; the slug is not one of them, because links contain it.

    What other hosts have changed since `jam` was read stays. Raises ValidationError, and NotFound if it was deleted.
    """
    jam = lock_jam(jam)
    jam.venue = Venue.objects.get(pk=jam.venue_id)  # whose name is one of the words that search finds the jam by
    validate_and_save(jam, values)


@transaction.atomic
def delete_jam(*, jam: Jam, user: User) -> None:
    """Delete `jam` with its set list, musicians, votes and activity. This can't be undone."""
    name = str(jam)
    jam.delete()
    delete_picture(jam.background)
    logger.info("%s deleted the jam %s", user.get_username(), name)


def get_repeated_settings(jam: Jam) -> dict[str, Any]:
    """Return the settings of `jam` that the next night like it gets, by name."""
    found = {name: getattr(jam, name) for name in REPEATED}
    return {name: value for name, value in found.items() if name not in CLOSED or value != CLOSED[name]}
