"""The room code: if a jam has one, only people who can see the stage screen can vote."""

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

LENGTH = 5  # 28 million codes: guessing all night at the rate limit succeeds once in 200 nights


@transaction.atomic
def set_room_code(*, jam: Jam, wanted: bool, user: User, now: datetime) -> Event | None:
    """Turn the room code on, with a new code, or off; return the event, or None when there is nothing to change.

    Everyone must enter a new code, including people who entered an earlier one. There is no undo: turn the code off,
    or off and on for a new one. Raises Conflict when the jam has ended.
    """
    jam = lock_open_jam(jam)
    if bool(jam.room_code) == wanted:
        return None
    jam.room_code = get_random_string(LENGTH, ALPHABET) if wanted else ""
    jam.save(update_fields=["room_code"])
    if wanted:
        jam.attendees.filter(in_room=True).update(in_room=False)  # no shared page shows it
    return record_event(jam=jam, verb=Verb.SET_ROOM_CODE, now=now, user=user, to=wanted)


def enter_room(*, jam: Jam, attendee: Attendee, code: str) -> bool:
    """Mark `attendee` as being in the room; return whether that changed anything. Raises Forbidden for a wrong code.

    Does nothing while the jam has no room code, or people could enter ahead of the code that is set later.
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
