"""Many new phones at once: a full room, or one script with many cookies. The hosts are told, and look."""

from datetime import datetime, timedelta

from django.conf import settings

from jams.models import Attendee, Event
from jams.services.event_log import Verb, record_event

SPAN = timedelta(minutes=1)
QUIET = timedelta(minutes=10)  # between two alarms of one jam


def watch_arrivals(newcomer: Attendee) -> Event | None:
    """Leave an event for the hosts when CROWD_ALARM or more came to the newcomer's jam within a minute."""
    now = newcomer.created_at
    arrived = Attendee.objects.filter(jam=newcomer.jam_id, created_at__gt=now - SPAN, created_at__lte=now)
    number = arrived.count()
    if number < settings.CROWD_ALARM or _told(newcomer, now - QUIET):
        return None
    return record_event(jam=newcomer.jam, verb=Verb.CROWD, now=now, n=number)


def _told(newcomer: Attendee, since: datetime) -> bool:
    return Event.objects.filter(jam=newcomer.jam_id, verb=Verb.CROWD, at__gt=since).exists()
