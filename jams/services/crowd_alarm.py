"""Alarm for many new phones at once, which may be a full room or a script with many cookies."""

from datetime import datetime, timedelta

from django.conf import settings

from jams.models import Attendee, Event
from jams.services.event_log import Verb, record_event

SPAN = timedelta(minutes=1)
QUIET = timedelta(minutes=10)  # minimum time between two alarms at one jam


def watch_arrivals(newcomer: Attendee) -> Event | None:
    """Record an event for the hosts when CROWD_ALARM or more phones joined the newcomer's jam within a minute."""
    now = newcomer.created_at
    arrived = Attendee.objects.filter(jam=newcomer.jam_id, created_at__gt=now - SPAN, created_at__lte=now)
    number = arrived.count()
    if number < settings.CROWD_ALARM or _has_recent_alarm(newcomer, now - QUIET):
        return None
    return record_event(jam=newcomer.jam, verb=Verb.CROWD, now=now, n=number)


def _has_recent_alarm(newcomer: Attendee, since: datetime) -> bool:
    return Event.objects.filter(jam=newcomer.jam_id, verb=Verb.CROWD, at__gt=since).exists()
