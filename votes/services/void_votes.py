"""Remove fraudulent votes."""

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet

from jams.models import Attendee, Event, Jam
from jams.services.entry_transitions import lock_open_jam
from jams.services.event_log import Verb, record_event
from votes.models import Vote

ARRIVAL_SPAN = timedelta(minutes=1)


@transaction.atomic
def void_votes(*, attendee: Attendee, user: User, now: datetime) -> Event | None:
    """Delete all votes of one phone and block it from voting at this jam; return the event, or None if it is blocked.

    This can't be undone. Raises Conflict when the jam has ended. `attendee.jam` must be loaded.
    """
    return _void_votes_of(attendee.jam, Attendee.objects.filter(pk=attendee.pk), user, now)


@transaction.atomic
def void_newcomers(*, jam: Jam, since: datetime, user: User, now: datetime) -> Event | None:
    """Do the same for all listeners who arrived at `jam` within a minute from `since`; musicians keep their votes."""
    newcomers = Attendee.objects.filter(jam=jam, name="", created_at__gte=since, created_at__lt=since + ARRIVAL_SPAN)
    return _void_votes_of(jam, newcomers, user, now)


def _void_votes_of(jam: Jam, attendees: QuerySet[Attendee], user: User, now: datetime) -> Event | None:
    jam = lock_open_jam(jam)
    phones = attendees.filter(votes_void=False).update(votes_void=True)  # sends no signal; no page shows it
    if not phones:
        return None
    votes = Vote.objects.filter(entry__jam=jam, attendee__in=attendees)
    number, _models = votes.delete()
    return record_event(jam=jam, verb=Verb.VOID_VOTES, now=now, user=user, n=number, phones=phones)
