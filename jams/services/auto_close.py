"""End jams that their hosts left open."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from jams.models import Event, Jam, JamQuerySet, JamStatus
from jams.services.event_log import Verb
from jams.services.jam_status import end_jam

GRACE = timedelta(hours=6)  # after the planned end of a jam, and after the last action of a host
OPEN_STATUSES = (JamStatus.SCHEDULED, JamStatus.LIVE, JamStatus.PAUSED)


def end_jams_left_open(*, now: datetime) -> int:
    """End every jam whose planned end, and whose hosts' last action, are more than `GRACE` ago; return how many."""
    left_open = _find_left_open(now).order_by("starts_at", "pk")
    return sum(_close_jam(pk, now) for pk in left_open.values_list("pk", flat=True))


def _find_left_open(now: datetime) -> JamQuerySet:
    recent = Event.objects.filter(jam=OuterRef("pk"), user__isnull=False, at__gte=now - GRACE).order_by()
    return Jam.objects.filter(~Exists(recent), status__in=OPEN_STATUSES, ends_at__lt=now - GRACE)


@transaction.atomic
def _close_jam(pk: int, now: datetime) -> bool:
    """End one jam, unless its host has just ended it, extended it or done something else."""
    jam = _find_left_open(now).select_for_update().filter(pk=pk).first()
    if jam is None:
        return False
    end_jam(jam=jam, user=None, now=now, verb=Verb.CLOSE_LEFT_OPEN)
    return True
