"""Jams, their set lists, attendees, performances and events: the one place from which others import them."""

from jams.models.attendees import NAME_FIELDS, WAITING_FIELDS, Attendee, MoveCode
from jams.models.bands import Band, BandQuerySet, BandStatus, Seat
from jams.models.cards import Card
from jams.models.events import Event
from jams.models.invitations import Invitation, InvitationQuerySet
from jams.models.jam import (
    ANNOUNCEMENT_LENGTH,
    ANY_ZONE,
    ON_NOW,
    OVER,
    Format,
    Jam,
    JamQuerySet,
    JamStatus,
    SignUps,
    Suggestions,
    Voting,
    over,
)
from jams.models.push import PushSubscription
from jams.models.questions import Answer, Question, Recipient
from jams.models.series import Series, SeriesQuerySet
from jams.models.set_list import CHORDS, Entry, EntryQuerySet, EntryStatus
from jams.models.sign_ups import Performance

__all__ = [
    "ANNOUNCEMENT_LENGTH",
    "ANY_ZONE",
    "CHORDS",
    "NAME_FIELDS",
    "ON_NOW",
    "OVER",
    "WAITING_FIELDS",
    "Answer",
    "Attendee",
    "Band",
    "BandQuerySet",
    "BandStatus",
    "Card",
    "Entry",
    "EntryQuerySet",
    "EntryStatus",
    "Event",
    "Format",
    "Invitation",
    "InvitationQuerySet",
    "Jam",
    "JamQuerySet",
    "JamStatus",
    "MoveCode",
    "Performance",
    "PushSubscription",
    "Question",
    "Recipient",
    "Seat",
    "Series",
    "SeriesQuerySet",
    "SignUps",
    "Suggestions",
    "Voting",
    "over",
]
