"""The admin of jams: staff users see and change only the data of jams they host, superusers everything."""

from jams.admin.attendee import AttendeeAdmin
from jams.admin.band import BandAdmin, SeatAdmin
from jams.admin.entry import EntryAdmin
from jams.admin.event import EventAdmin
from jams.admin.jam import JamAdmin
from jams.admin.series import SeriesAdmin

__all__ = ["AttendeeAdmin", "BandAdmin", "EntryAdmin", "EventAdmin", "JamAdmin", "SeatAdmin", "SeriesAdmin"]
