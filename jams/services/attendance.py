"""Find the attendee that a browser is at a jam."""

from collections.abc import Collection
from datetime import datetime

from jams.identity.browser_cookie import derive_attendee_key
from jams.models import Attendee, Jam
from jams.services.crowd_alarm import watch_arrivals

type Attendees = dict[tuple[int, str], Attendee]  # by the primary key of the jam and the id of the browser


def get_or_create_attendee(*, jam: Jam, browser: str, now: datetime) -> Attendee:
    """Return the attendee for this browser at `jam`, created on its first action there."""
    attendee, _created = Attendee.objects.get_or_create(
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


def find_attendees(browsers: Collection[tuple[Jam, str, datetime]]) -> Attendees:
    """Return the attendee for each browser at a jam, in one query; `create_attendees` saves those that are missing.

    A missing one has no primary key yet. Its arrival is the third item, the earliest for a browser.
    """
    keys = {(jam.pk, browser): derive_attendee_key(jam.pk, browser) for jam, browser, _now in browsers}
    rows = Attendee.objects.filter(jam__in={jam for jam, _browser in keys}, browser__in=keys.values()) if keys else ()
    found = {attendee.browser: attendee for attendee in rows}
    attendees: Attendees = {}
    for jam, browser, now in sorted(browsers, key=lambda item: item[2]):
        key = keys[jam.pk, browser]
        attendee = found.setdefault(key, Attendee(jam=jam, browser=key, created_at=now))
        attendee.jam = jam
        attendees[jam.pk, browser] = attendee
    return attendees


def create_attendees(attendees: Collection[Attendee]) -> None:
    """Save new listeners, which get their primary keys, and look at the arrivals of each jam once.

    Somebody whom another process has created at the same moment is no error.
    """
    if not attendees:
        return
    new = {attendee.browser: attendee for attendee in attendees}
    rows = [new[key] for key in sorted(new, key=str)]
    Attendee.objects.bulk_create(rows, ignore_conflicts=True)  # no page shows a new listener
    saved = Attendee.objects.filter(jam__in={attendee.jam for attendee in attendees}, browser__in=new)
    for browser, pk in saved.order_by().values_list("browser", "pk"):
        new[browser].pk = pk
    latest = {attendee.jam_id: attendee for attendee in sorted(attendees, key=lambda someone: someone.created_at)}
    for attendee in latest.values():
        watch_arrivals(attendee)
