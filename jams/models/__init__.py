"""Jams, their set lists, attendees, performances and events: the one place from which others import them."""

from jams.models.attendees import NAME_FIELDS, WAITING_FIELDS, Attendee, MoveCode
from jams.models.bands import Band, BandQuerySet, BandStatus, Seat
from jams.models.events import Event
from jams.models.jam import ANY_ZONE, ON_NOW, Format, Jam, JamQuerySet, JamStatus, SignUps, Suggestions, Voting, over
from jams.models.series import Series, SeriesQuerySet
from jams.models.set_list import CHORDS, Entry, EntryQuerySet, EntryStatus
from jams.models.sign_ups import Performance

__all__ = [
    "ANY_ZONE",
    "CHORDS",
    "NAME_FIELDS",
    "ON_NOW",
    "WAITING_FIELDS",
    "Attendee",
    "Band",
    "BandQuerySet",
    "BandStatus",
    "Entry",
    "EntryQuerySet",
    "EntryStatus",
    "Event",
    "Format",
    "Jam",
    "JamQuerySet",
    "JamStatus",
    "MoveCode",
    "Performance",
    "Seat",
    "Series",
    "SeriesQuerySet",
    "SignUps",
    "Suggestions",
    "Voting",
    "over",
]
