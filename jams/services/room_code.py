"""The room code: a jam may ask for it, so that only who sees the stage screen votes."""

from datetime import datetime
from secrets import compare_digest

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from core.exceptions import Forbidden
from core.unique_values import ALPHABET
from jams.models import Attendee, Event, Jam
from jams.services.entry_transitions import lock_open_jam
from jams.services.event_log import Verb, record_event

LENGTH = 5  # 28 million codes: a whole night of guessing at the limit of a jam finds one in 200 times


@transaction.atomic
def set_room_code(*, jam: Jam, wanted: bool, user: User, now: datetime) -> Event | None:
    """Ask for a new code from now on, or for none; return the event, or None when there is nothing to change.

    A new code is for everybody: who typed an earlier one, or was let in before, types this one, too. It can't be
    undone: turn it off, or off and on again for another code. Raises Conflict when the jam has ended.
    """
    jam = lock_open_jam(jam)
    if bool(jam.room_code) == wanted:
        return None
    jam.room_code = get_random_string(LENGTH, ALPHABET) if wanted else ""
    jam.save(update_fields=["room_code"])
    if wanted:
        jam.attendees.filter(in_room=True).update(in_room=False)  # changes no page for everybody
    return record_event(jam=jam, verb=Verb.SET_ROOM_CODE, now=now, user=user, to=wanted)


def enter_room(*, jam: Jam, attendee: Attendee, code: str) -> bool:
    """Let `attendee` into the room; return whether that changed anything. Raises Forbidden for another code.

    A jam that asks for no code lets nobody in: a code typed before would dodge the one that is asked for later.
    """
    if not jam.room_code:
        return False
    typed = code.strip().casefold().encode()
    if not compare_digest(typed, jam.room_code.encode()):
        raise Forbidden(_("That code doesn't match. Check the stage screen and try again."))
    if attendee.in_room:
        return False
    attendee.in_room = True
    attendee.save(update_fields=["in_room"])
    return True
