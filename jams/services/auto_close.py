"""End jams that their hosts left open."""

from datetime import datetime, timedelta

from django.db import transaction

from jams.models import Jam, JamStatus
from jams.services.event_log import Verb
from jams.services.jam_status import end_jam

GRACE = timedelta(hours=6)  # after the planned end of a jam
OPEN_STATUSES = (JamStatus.SCHEDULED, JamStatus.LIVE, JamStatus.PAUSED)


def end_jams_left_open(*, now: datetime) -> int:
    """End every jam whose planned end is more than `GRACE` ago; return how many."""
    left_open = Jam.objects.filter(status__in=OPEN_STATUSES, ends_at__lt=now - GRACE).order_by("starts_at", "pk")
    return sum(_close_jam(pk, now) for pk in left_open.values_list("pk", flat=True))


@transaction.atomic
def _close_jam(pk: int, now: datetime) -> bool:
    """End one jam, unless its host has just ended or extended it."""
    jam = Jam.objects.select_for_update().filter(pk=pk, status__in=OPEN_STATUSES, ends_at__lt=now - GRACE).first()
    if jam is None:
        return False
    end_jam(jam=jam, user=None, now=now, verb=Verb.CLOSE_LEFT_OPEN)
    return True
