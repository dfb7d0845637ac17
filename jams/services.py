"""Every write to a jam, as a verb. Each leaves an `Event` in its own transaction."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from jams.log import Verb, record
from jams.models import Jam, Voting
from jamsite.refusal import Refused


@transaction.atomic
def set_voting(*, jam: Jam, voting: Voting, user: User, now: datetime) -> bool:
    """Let everyone, musicians only, or nobody vote at `jam`; return whether that changed anything.

    Raises Refused when the jam has ended.
    """
    jam = Jam.objects.select_for_update().get(pk=jam.pk)
    if jam.is_over:
        raise Refused(_("This jam has ended."))
    if jam.voting == voting:
        return False
    before, jam.voting = jam.voting, voting
    jam.save(update_fields=["voting"])
    change: dict[str, Any] = {"from": before, "to": voting}
    record(jam=jam, verb=Verb.SET_VOTING, user=user, now=now, **change)
    return True
