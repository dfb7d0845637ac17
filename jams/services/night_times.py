"""Times of a night as people type and read them: on the clock at the venue, without a date."""

import re
from datetime import UTC, datetime, timedelta

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from core.exceptions import Invalid
from core.local_times import read_local_time
from jams.models import Jam
from venues.models import Venue

CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
BEFORE_THE_START = timedelta(hours=6)  # a time that is earlier than this is one after midnight


def read_night_time(jam: Jam, text: str) -> datetime | None:
    """Return the moment of the night of `jam` that `text` names: "22:30" on the clock at the venue, or in ISO 8601.

    A time before the start is one after midnight. Returns None for an empty text; raises Invalid for anything else.
    """
    text = text.strip()
    if not text:
        return None
    if clock := CLOCK.fullmatch(text):
        zone = Venue.objects.get(pk=jam.venue_id).zone
        start = jam.starts_at.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)
        moment = start.replace(hour=int(clock[1]), minute=int(clock[2]))
        if moment < start - BEFORE_THE_START:
            moment += timedelta(days=1)
        return read_local_time(moment, zone).astimezone(UTC)
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Invalid(_("Write a time like 22:30."))
    return found.astimezone(UTC)


def format_clock(jam: Jam, moment: datetime) -> str:
    """Return what the clock at the venue shows at `moment`: "22:30"."""
    zone = Venue.objects.get(pk=jam.venue_id).zone
    return moment.astimezone(zone).strftime("%H:%M")
