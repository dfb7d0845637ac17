"""Who is at a jam."""

from datetime import datetime

from jams.identity import key_at
from jams.models import Attendee, Jam


def attend(*, jam: Jam, browser: str, now: datetime) -> Attendee:
    """Return the attendee that this browser is at `jam`, made on its first act there."""
    attendee, _created = Attendee.objects.get_or_create(
        jam=jam, browser=key_at(jam.pk, browser), defaults={"created_at": now}
    )
    return attendee
