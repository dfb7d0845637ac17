"""The room code: if a jam has one, only people who can see the stage screen can vote.

The code changes every ten minutes, so a code that somebody passed on is soon worth nothing; the one before stays valid
for five more, so that nobody fails while typing. Whoever has entered a code stays in. All codes of a jam derive from a
secret that is created when the host turns the room code on.
"""

from datetime import datetime, timedelta
from secrets import compare_digest

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.crypto import get_random_string, salted_hmac
from django.utils.translation import gettext as _

from core.exceptions import Forbidden
from core.stable_names import ROOM_CODE_SALT
from core.unique_values import ALPHABET
from jams.models import Attendee, Event, Jam
from jams.services.entry_transitions import lock_open_jam
from jams.services.event_log import Verb, record_event

LENGTH = 5  # 28 million codes: guessing all night at the rate limit succeeds once in about 130 nights
SECRET_LENGTH = 22  # 108 bits
ROTATION = timedelta(minutes=10)
GRACE = timedelta(minutes=5)  # how long the code before stays valid


def get_room_code(jam: Jam, *, now: datetime) -> str:
    """Return the code to show now, or "" while the jam asks for none."""
    return _derive_code(jam, now) if jam.asks_for_room_code else ""


@transaction.atomic
def set_room_code(*, jam: Jam, wanted: bool, user: User, now: datetime) -> Event | None:
    """Turn the room code on or off; return the event, or None when there is nothing to change.

    When it is turned on, everyone must enter it, including people who did so before it was turned off. There is no
    undo: turn it off, or off and on to ask everyone again. Raises Conflict when the jam has ended.
    """
    jam = lock_open_jam(jam)
    if jam.asks_for_room_code == wanted:
        return None
    jam.room_secret = get_random_string(SECRET_LENGTH, ALPHABET) if wanted else ""
    jam.save(update_fields=["room_secret"])
    if wanted:
        jam.attendees.filter(in_room=True).update(in_room=False)  # no shared page shows it
    return record_event(jam=jam, verb=Verb.SET_ROOM_CODE, now=now, user=user, to=wanted)


def enter_room(*, jam: Jam, attendee: Attendee, code: str, now: datetime) -> bool:
    """Mark `attendee` as being in the room; return whether that changed anything. Raises Forbidden for a wrong code.

    Does nothing while the jam has no room code, or people could enter ahead of the code that is set later.
    """
    if not jam.asks_for_room_code:
        return False
    typed = code.strip().casefold().encode()
    matches = [compare_digest(typed, _derive_code(jam, at).encode()) for at in (now, now - GRACE)]
    if not any(matches):
        raise Forbidden(_("That code doesn't match. Check the stage screen and try again."))
    if attendee.in_room:
        return False
    attendee.in_room = True
    attendee.save(update_fields=["in_room"])
    return True


def _derive_code(jam: Jam, at: datetime) -> str:
    period = int(at.timestamp() // ROTATION.total_seconds())
    digest = salted_hmac(ROOM_CODE_SALT, f"{jam.room_secret}:{period}", algorithm="sha256").digest()
    number = int.from_bytes(digest)
    return "".join(ALPHABET[number // len(ALPHABET) ** place % len(ALPHABET)] for place in range(LENGTH))
