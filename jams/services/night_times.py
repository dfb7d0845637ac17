"""Times of a night as people type them: on the clock at the venue, without a date."""

import re
from datetime import UTC, datetime, time, timedelta

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from core.calendar import is_in_calendar
from core.exceptions import Invalid
from core.local_times import find_next_time
from jams.models import Jam
from venues.models import Venue

CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
JUST_NOW = timedelta(hours=1)  # a time that has passed by no more is meant for today


def read_night_time(jam: Jam, text: str, *, now: datetime | None = None) -> datetime | None:
    """Return the moment of the night of `jam` that `text` names: "22:30" on the clock at the venue, or in ISO 8601.

    A time on the clock is the next one after the start, as `find_next_time` finds it for forms, too; with `now`, at a
    jam that was opened before it was to start, the next one from then on. Returns None for an empty text; raises
    Invalid for anything else, also for a time that no page can show.
    """
    text = text.strip()
    if not text:
        return None
    if clock := CLOCK.fullmatch(text):
        zone = Venue.objects.get(pk=jam.venue_id).zone
        is_early = now is not None and jam.is_on and now < jam.starts_at
        after = now - JUST_NOW if now is not None and is_early else jam.starts_at
        return find_next_time(time(int(clock[1]), int(clock[2])), zone, after=after)
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or not is_in_calendar(found):
        raise Invalid(_("Write a time like 22:30."))
    return found.astimezone(UTC)
