"""Find the attendee that a browser is at a jam."""

from datetime import datetime

from django.db.models import QuerySet

from jams.identity.browser_cookie import derive_attendee_key
from jams.models import Attendee, Jam


def get_or_create_attendee(
    *, jam: Jam, browser: str, now: datetime, among: QuerySet[Attendee] | None = None
) -> Attendee:
    """Return the attendee for this browser at `jam`, created on its first action there.

    An existing attendee carries the annotations of `among`; a new one doesn't.
    """
    attendee, _created = (Attendee.objects.all() if among is None else among).get_or_create(
        jam=jam, browser=derive_attendee_key(jam.pk, browser), defaults={"created_at": now}
    )
    attendee.jam = jam
    return attendee


def find_attendee(*, jam: Jam, browser: str) -> Attendee | None:
    """Return the attendee for this browser at `jam`, or None before its first action there."""
    attendee = Attendee.objects.filter(jam=jam, browser=derive_attendee_key(jam.pk, browser)).first()
    if attendee is not None:
        attendee.jam = jam
    return attendee
