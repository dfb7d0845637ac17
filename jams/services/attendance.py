"""Who is at a jam."""

from datetime import datetime

from django.db.models import QuerySet

from jams.identity.browser_cookie import attendee_key
from jams.models import Attendee, Jam


def get_or_create_attendee(
    *, jam: Jam, browser: str, now: datetime, among: QuerySet[Attendee] | None = None
) -> Attendee:
    """Return the attendee that this browser is at `jam`, made on its first act there.

    One who was there before has what `among` is annotated with; one who was not has not.
    """
    attendee, _created = (Attendee.objects.all() if among is None else among).get_or_create(
        jam=jam, browser=attendee_key(jam.pk, browser), defaults={"created_at": now}
    )
    attendee.jam = jam
    return attendee


def find_attendee(*, jam: Jam, browser: str) -> Attendee | None:
    """Return the attendee that this browser is at `jam`, or None before its first act there."""
    attendee = Attendee.objects.filter(jam=jam, browser=attendee_key(jam.pk, browser)).first()
    if attendee is not None:
        attendee.jam = jam
    return attendee
