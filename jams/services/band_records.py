"""Change bands under the jam's lock, and record what an action changed, for undo."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import F
from django.utils.translation import gettext as _

from core.exceptions import Conflict
from jams.models import Attendee, Band, BandStatus, Event, Format, Jam, Seat
from jams.services.entry_transitions import save_columns
from jams.services.event_log import Verb, record_event

TIMES = ("called_at", "started_at", "finished_at")
COLUMNS = ("status", "name", "needs", "place", "slot", *TIMES)


def get_band(jam: Jam, pk: int) -> Band:
    """Return a band of `jam` with its seats; raises NotFound."""
    band = jam.bands.get_in_jam(pk)
    band.jam = jam
    return band


def get_upcoming_band(jam: Jam, pk: int) -> Band:
    """Return a band that is to come, as `get_band` does; raises Conflict for another one."""
    band = get_band(jam, pk)
    if band.status not in Band.UPCOMING:
        raise Conflict(_("You can't do that: this band is already %(status)s.") % {"status": band.get_status_display()})
    return band


def is_act(jam: Jam, name: str) -> bool:
    """Whether the band `name` is an act: it came together by itself, and is not put together from a waiting list."""
    return bool(name) or jam.format == Format.OPEN_MIC


def name_band(band: Band) -> str:
    """Return the name of an act, or the names of the musicians in a band; its seats must be loaded."""
    return band.name or ", ".join(seat.attendee.name for seat in band.seats.all()) or _("a band")


def take_band_snapshot(band: Band) -> dict[str, Any]:
    """Return what an action can change about `band`, whose seats are read, as JSON-serialisable data."""
    values = {name: getattr(band, name) for name in COLUMNS}
    times = {name: values[name].astimezone(UTC).isoformat() if values[name] else None for name in TIMES}
    rows = Seat.objects.filter(band=band).order_by("attendee")
    seats = [[row.attendee_id, row.instrument, row.no_show, row.created_at.isoformat()] for row in rows]
    return {**values, "status": str(band.status), **times, "seats": seats}


def save_band(band: Band, **values: Any) -> None:
    """Save columns of `band`; raises Conflict when another band is on stage."""
    save_columns(band, values, refusal=_("Another band is on stage."))


def record_band_event(
    band: Band,
    before: dict[str, Any] | None,
    *,
    verb: Verb,
    user: User | None,
    now: datetime,
    attendee: Attendee | None = None,
    **data: Any,
) -> Event:
    """Record an action on `band`, which was as the snapshot `before`, or which the action has made if that is None."""
    after = take_band_snapshot(band)
    if before is None:
        change: dict[str, Any] = {"before": None, "after": {"status": after["status"], "seats": after["seats"]}}
    else:
        names = [name for name in after if after[name] != before[name]]
        change = {"before": {name: before[name] for name in names}, "after": {name: after[name] for name in names}}
    label = name_band(band.jam.bands.with_seats().get(pk=band.pk))
    bands = {str(band.pk): change, **data.pop("bands", {})}
    return record_event(jam=band.jam, verb=verb, now=now, user=user, attendee=attendee, band=label, bands=bands, **data)


def restore_band(band: Band, values: dict[str, Any]) -> None:
    """Give `band` back what a snapshot, or a part of one, says. Raises Conflict when that has become impossible."""
    values = dict(values)
    seats = values.pop("seats", None)
    if seats is not None:
        _restore_seats(band, seats)
    if values:
        save_band(band, **values)
    if band.status in Band.UPCOMING:
        refuse_busy(band, [seat.attendee for seat in Seat.objects.select_related("attendee").filter(band=band)])


def _restore_seats(band: Band, wanted: list[list[Any]]) -> None:
    people = {person.pk: person for person in Attendee.objects.filter(jam=band.jam, left_at=None).exclude(name="")}
    rows = {seat.attendee_id: seat for seat in Seat.objects.filter(band=band)}
    for row in rows.values():
        row.band = band
    for attendee_id, instrument, no_show, created_at in wanted:
        seat = rows.pop(attendee_id, None)
        if seat is None and attendee_id not in people:
            raise Conflict(_("This can't be undone any more: later changes depend on it."))
        seat = seat or Seat(band=band, attendee=people[attendee_id])
        seat.instrument, seat.no_show, seat.created_at = instrument, no_show, datetime.fromisoformat(created_at)
        seat.save()
    for seat in rows.values():
        seat.delete()
        renew_code_of(band)


def renew_code_of(band: Band) -> None:
    """Give an act a new code, as somebody who knows the old one is no longer in it; its seats announce the change."""
    band.code_number += 1
    Band.objects.filter(pk=band.pk).update(code_number=F("code_number") + 1)  # its seats announce the change


def refuse_busy(band: Band, people: Iterable[Attendee]) -> None:
    """Raise Conflict if one of `people` is in another band that is about to play. Acts may share musicians."""
    if is_act(band.jam, band.name):
        return
    others = Seat.objects.filter(band__jam=band.jam, band__status__in=Band.UPCOMING, band__name="")
    taken = others.exclude(band=band).filter(attendee__in=list(people)).select_related("attendee").first()
    if taken:
        sentence = _("%(name)s is in another band that is about to play.")
        raise Conflict(sentence % {"name": taken.attendee.name})


def leave_bands(attendee: Attendee) -> None:
    """Take somebody who goes out of the bands that have not been on stage; a band without anybody is dropped."""
    seats = Seat.objects.filter(attendee=attendee, band__status__in=Band.UPCOMING).select_related("band__jam")
    for seat in seats:
        seat.delete()
        renew_code_of(seat.band)
        if not Seat.objects.filter(band=seat.band).exists():
            save_band(seat.band, status=BandStatus.DROPPED)


def collect_seats(attendee: Attendee) -> list[dict[str, Any]]:
    """Return, as JSON-serialisable data, what `leave_bands` takes away and `give_seats_back` gives back."""
    rows = Seat.objects.filter(attendee=attendee, band__status__in=Band.UPCOMING).select_related("band").order_by("pk")
    return [describe_seat(row) for row in rows]


def describe_seat(seat: Seat) -> dict[str, Any]:
    """Return, as JSON-serialisable data, what it takes to give a seat back; its band must be loaded."""
    since = seat.created_at.isoformat()
    return {"band": seat.band_id, "instrument": seat.instrument, "status": seat.band.status, "since": since}


def give_seats_back(jam: Jam, attendee: Attendee, seats: list[dict[str, Any]]) -> None:
    """Give `attendee` the seats back in the bands that have not played meanwhile, also in one that has been dropped."""
    for row in seats:
        band = jam.bands.filter(pk=row["band"]).first()
        if band is None or band.status not in (*Band.UPCOMING, BandStatus.DROPPED):
            continue
        band.jam = jam
        if band.status == BandStatus.DROPPED:
            if Seat.objects.filter(band=band).exists():
                continue  # the host has dropped it
            save_band(band, status=row["status"])
        since = datetime.fromisoformat(row["since"])
        Seat.objects.create(band=band, attendee=attendee, instrument=row["instrument"], created_at=since)
