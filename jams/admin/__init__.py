"""The admin for hosts: a staff user sees and changes what hangs on their own jams, a superuser everything."""

from jams.admin.attendee import AttendeeAdmin
from jams.admin.entry import EntryAdmin
from jams.admin.event import EventAdmin
from jams.admin.jam import JamAdmin

__all__ = ["AttendeeAdmin", "EntryAdmin", "EventAdmin", "JamAdmin"]
