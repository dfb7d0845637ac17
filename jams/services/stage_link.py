"""The link for a venue's television; see `jams.identity.stage_link` for the key in it."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from jams.models import Event, Jam
from jams.services.entry_transitions import lock_jam
from jams.services.event_log import Verb, record_event


@transaction.atomic
def renew_stage_link(*, jam: Jam, user: User, now: datetime) -> Event:
    """Make a new link for a television; older ones no longer show the room code. Works after the end, too."""
    jam = lock_jam(jam)
    jam.stage_link += 1
    jam.save(update_fields=["stage_link"])
    return record_event(jam=jam, verb=Verb.RENEW_STAGE_LINK, now=now, user=user)
