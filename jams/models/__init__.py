"""Jams, their set lists, attendees, performances and events: the one place from which others import them."""

from jams.models.attendees import NAME_FIELDS, Attendee, MoveCode
from jams.models.events import Event
from jams.models.jam import ON_NOW, Jam, JamQuerySet, JamStatus, SignUps, Suggestions, Voting, over
from jams.models.set_list import CHORDS, Entry, EntryQuerySet, EntryStatus
from jams.models.sign_ups import Performance

__all__ = [
    "CHORDS",
    "NAME_FIELDS",
    "ON_NOW",
    "Attendee",
    "Entry",
    "EntryQuerySet",
    "EntryStatus",
    "Event",
    "Jam",
    "JamQuerySet",
    "JamStatus",
    "MoveCode",
    "Performance",
    "SignUps",
    "Suggestions",
    "Voting",
    "over",
]
