"""The same person twice: typed in by a host, and joined by phone. The musician with the phone takes over everything."""

from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from core.exceptions import Conflict
from jams.models import WAITING_FIELDS, Attendee, Band, BandStatus, Event, Jam, Performance, Seat
from jams.services.band_records import describe_seat, give_seats_back, save_band
from jams.services.entry_transitions import lock_open_jam
from jams.services.event_log import Verb, record_event
from jams.services.host_people import get_musician
from jams.services.membership import SIGN_UP_FIELDS, give_songs_back


@transaction.atomic
def merge_person(*, jam: Jam, name: str, to: str, user: User, now: datetime) -> Event:
    """Make the musician `name`, who has no phone, one with `to`, who joined by phone and keeps that name.

    Seats, sign-ups, turns and the longer wait go to `to`; of two places in one band or song, or in two bands that are
    about to play, the earlier one stays. Raises NotFound when somebody is not at `jam`, as after another host has
    merged them, and Conflict when the jam has ended, `name` has a phone or `to` has none.
    """
    jam = lock_open_jam(jam)
    typed, phone = get_musician(jam, name), get_musician(jam, to)
    if typed.browser is not None:
        raise Conflict(_("%(name)s has joined by phone and can't be merged.") % {"name": typed.name})
    if phone.browser is None:
        raise Conflict(_("%(name)s hasn't joined by phone.") % {"name": phone.name})
    before, alone = _list_waiting(phone), {"name": typed.name, **_list_waiting(typed)}
    taken: dict[str, Any] = {
        "person": {**alone, "created_at": typed.created_at.isoformat()},
        "seats": list(typed.seats.values_list("pk", flat=True)),
        "songs": list(typed.performances.values_list("pk", flat=True)),
        "events": list(typed.events.values_list("pk", flat=True)),
        "lost": _drop_doubles(jam, typed, phone),
    }
    Seat.objects.filter(attendee=typed).update(attendee=phone)  # saving the musician announces the change
    Performance.objects.filter(attendee=typed).update(attendee=phone)  # see above
    Event.objects.filter(attendee=typed).update(attendee=phone)  # no cached page shows events
    _merge_waiting(typed, phone)
    typed.delete()
    phone.save(update_fields=WAITING_FIELDS)
    taken["changes"] = [before, _list_waiting(phone)]
    words = {"from": alone["name"], "to": phone.name}
    return record_event(jam=jam, verb=Verb.MERGE_PERSON, now=now, user=user, attendee=phone, taken=taken, **words)


def split_person(event: Event) -> None:
    """Undo `merge_person`: the musician without a phone gets back what was theirs and is still there."""
    phone, taken = event.attendee, event.data.get("taken")  # not there once somebody had their data deleted
    if phone is None or taken is None or not phone.is_musician or _list_waiting(phone) != taken["changes"][1]:
        raise Conflict(_("This can't be undone any more: later changes depend on it."))
    typed = Attendee(jam=event.jam, **_read_waiting(taken["person"]))
    try:
        with transaction.atomic():
            typed.save()
    except IntegrityError:  # somebody else has the name by now
        raise Conflict(_("This can't be undone any more: later changes depend on it.")) from None
    Seat.objects.filter(pk__in=taken["seats"], attendee=phone).update(attendee=typed)  # see above
    Performance.objects.filter(pk__in=taken["songs"], attendee=phone).update(attendee=typed)  # see above
    Event.objects.filter(pk__in=taken["events"], attendee=phone).update(attendee=typed)  # see above
    phone.jam = event.jam
    for owner, lost in zip((typed, phone), taken["lost"], strict=True):
        give_seats_back(event.jam, owner, lost["seats"])
        give_songs_back(event.jam, owner, lost["songs"])
    for name, value in _read_waiting(taken["changes"][0]).items():
        setattr(phone, name, value)
    phone.save(update_fields=WAITING_FIELDS)


def _drop_doubles(jam: Jam, typed: Attendee, phone: Attendee) -> list[dict[str, Any]]:
    """Take away the places that the two can't both have as one person; return them, those of `typed` first."""
    lost: dict[int, dict[str, Any]] = {one.pk: {"seats": [], "songs": []} for one in (typed, phone)}
    seats = Seat.objects.filter(attendee__in=(typed, phone)).select_related("band")
    bands: set[int] = set()
    is_next = False  # in a band that is about to play
    for seat in sorted(seats, key=lambda seat: (seat.band.status, seat.band.place, seat.band_id, seat.pk)):
        is_about_to_play = seat.band.status in Band.UPCOMING and not seat.band.name
        if seat.band_id in bands or (is_next and is_about_to_play):
            lost[seat.attendee_id]["seats"].append(_take_seat(jam, seat))
        bands.add(seat.band_id)
        is_next = is_next or is_about_to_play
    parts: set[tuple[int, str]] = set()
    performances = Performance.objects.filter(attendee__in=(typed, phone)).select_related("entry")
    for performance in performances.order_by("created_at", "pk"):
        what = performance.entry_id, performance.part
        if what in parts:
            row = {name: getattr(performance, name) for name in SIGN_UP_FIELDS if name != "entry"}
            row |= {"entry": performance.entry_id, "created_at": performance.created_at.isoformat()}
            lost[performance.attendee_id]["songs"].append(row)
            performance.entry.jam = jam
            performance.delete()
        parts.add(what)
    return [lost[typed.pk], lost[phone.pk]]


def _take_seat(jam: Jam, seat: Seat) -> dict[str, Any]:
    """Delete a seat, and drop its band if nobody is left in it; return what `give_seats_back` gives back."""
    band = seat.band
    band.jam = jam
    row = describe_seat(seat)
    seat.delete()
    if band.status in Band.UPCOMING and not Seat.objects.filter(band=band).exists():
        save_band(band, status=BandStatus.DROPPED)
    return row


def _merge_waiting(typed: Attendee, phone: Attendee) -> None:
    """Give `phone` what both said about themselves; what they said by phone takes precedence over a host's note."""
    phone.plays = list(dict.fromkeys([*phone.plays, *typed.plays]))
    phone.leaves_at = phone.leaves_at or typed.leaves_at
    phone.is_new = phone.is_new or typed.is_new
    phone.in_house_band = phone.in_house_band or typed.in_house_band
    since = min((at for at in (phone.waits_since, typed.waits_since) if at), default=None)
    last = Band.objects.filter(seats__attendee=phone, seats__no_show=False).aggregate(at=Max("finished_at"))["at"]
    phone.waits_since = max(since, last) if since and last else since  # after playing, the wait starts again


def _list_waiting(person: Attendee) -> dict[str, Any]:
    """Return what a host may set about `person`, as JSON-serialisable data."""
    values = {name: getattr(person, name) for name in WAITING_FIELDS}
    return {name: _to_json(value) for name, value in values.items()}


def _to_json(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def _read_waiting(values: dict[str, Any]) -> dict[str, Any]:
    return {name: getattr(Attendee, name).field.to_python(value) for name, value in values.items()}
