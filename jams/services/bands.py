"""Bands: put together from the waiting list, called, on stage, played or dropped."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _

from core.exceptions import Conflict, Invalid, NotFound
from core.text import clean_text, fold_text
from jams import policies
from jams.models import Attendee, Band, BandStatus, Event, Jam, Seat
from jams.services.band_records import (
    get_band,
    get_upcoming_band,
    name_band,
    record_band_event,
    refuse_busy,
    renew_code_of,
    save_band,
    take_band_snapshot,
)
from jams.services.entry_transitions import lock_open_jam
from jams.services.event_log import Verb
from jams.services.host_people import get_musician
from jams.services.stage import finish_song_on_stage, refuse_unless_music_may_start
from songs.instruments import serves
from songs.parts import describe_part, validate_plays

MAX_ACT_NAME_LENGTH = 80
MAX_NEEDS_LENGTH = 120
MAX_SEATS = 30  # a choir on a small stage
MAX_UPCOMING = 200  # bands in the running order


@transaction.atomic
def form_band(*, jam: Jam, seats: str = "", name: str = "", needs: str = "", user: User, now: datetime) -> Event | None:
    """Put a band or an act into the running order; return the event, or None if the last one has the same people.

    `seats` has one line per musician, "bass: Valerie". Raises Invalid for a line that names no instrument or nobody,
    NotFound when somebody is not at `jam`, and Conflict when the format has no bands, somebody is in another band that
    is about to play, or the stage has no room for an instrument.
    """
    jam = lock_open_jam(jam)
    people = _read_seats(jam, seats)
    name, needs = clean_act_name(name), clean_needs(needs)
    if not people and not name:
        raise Invalid(_("A band needs somebody who plays, or a name."))
    last = jam.bands.filter(status=BandStatus.FORMING).order_by("-place", "-pk").first()
    if last and (last.name, last.needs) == (name, needs) and _is_made_of(last, people):
        return None
    band = create_band(jam, people, now, name=name, needs=needs)
    return record_band_event(band, None, verb=Verb.FORM_BAND, user=user, now=now)


@transaction.atomic
def change_seat(
    *, jam: Jam, band: int, name: str = "", to: str = "", instrument: str = "", user: User, now: datetime
) -> Event | None:
    """Let `to` play in a band instead of `name`; without `name` as well, without `to` leave the place empty.

    `instrument` is needed for somebody who joins; otherwise it is that of `name`. Return the event, or None if there is
    nothing to change. Raises NotFound when the band is not at `jam` or somebody not in it or not here, and Conflict
    when the band has been on stage, `to` is in another band, or the stage has no room.
    """
    jam = lock_open_jam(jam)
    found = get_upcoming_band(jam, band)
    before = take_band_snapshot(found)
    gone = _find_seat(found, name) if name else None
    newcomer = get_musician(jam, to) if to else None
    if newcomer is None and gone is None:
        raise Invalid(_("Choose who plays."))
    if newcomer is None:
        _delete_seat(found, gone)
        return record_band_event(found, before, verb=Verb.CHANGE_SEAT, user=user, now=now)
    what = instrument or (gone.instrument if gone else "")
    check_instrument(what)
    there = found.seats.filter(attendee=newcomer).first()
    if there and there.instrument == what and (gone is None or gone == there):
        return None
    if there and there != gone:
        raise Conflict(_("%(name)s is in this band already.") % {"name": newcomer.name})
    refuse_busy(found, [newcomer])
    if gone:
        _delete_seat(found, gone)
    Seat.objects.create(band=found, attendee=newcomer, instrument=what, created_at=gone.created_at if gone else now)
    refuse_above_plan(found)
    return record_band_event(found, before, verb=Verb.CHANGE_SEAT, user=user, now=now)


@transaction.atomic
def call_band(
    *, jam: Jam, band: int | None = None, seats: str = "", seen: int | None = None, user: User, now: datetime
) -> Event | None:
    """Call a band that stands in the running order, or else the musicians in `seats`, as in `form_band`.

    `seen` is the id of the band that was called last when the host looked, or None for none. Return the event, or None
    if the band has been called already. Raises what `form_band` raises, and Conflict when another host has called a
    band since.
    """
    jam = lock_open_jam(jam)
    _refuse_without_bands(jam)
    people = _read_seats(jam, seats) if band is None else {}
    last = _get_called_last(jam)
    found = get_upcoming_band(jam, band) if band is not None else None
    if found and found.status == BandStatus.CALLED:
        return None
    if last and found is None and _is_made_of(last, people):
        return None
    if last and last.pk != seen:
        raise Conflict(_("Another host got there first: %(band)s was called.") % {"band": name_band(last)})
    if found is None and not people:
        raise Invalid(_("A band needs somebody who plays, or a name."))
    place = last.place + 1 if last else 1
    if found is None:
        found, before = create_band(jam, people, now), None
    else:
        before = take_band_snapshot(found)
    save_band(found, status=BandStatus.CALLED, called_at=now, place=place)
    return record_band_event(found, before, verb=Verb.CALL_BAND, user=user, now=now)


@transaction.atomic
def start_band(*, jam: Jam, band: int, seen: int | None = None, user: User, now: datetime) -> Event | None:
    """Put a band on stage and finish the band and the song there; return the event, or None if it is on stage already.

    `seen` is the id of the band that the host saw on stage, or None for none. Raises NotFound when the band is not at
    `jam`, and Conflict when the jam is not live, the hard stop has passed, the band is not in the running order, or
    another host has changed what is on stage since.
    """
    jam = lock_open_jam(jam)
    found = get_band(jam, band)
    if found.status == BandStatus.ON_STAGE:
        return None
    _refuse_without_bands(jam)
    refuse_unless_music_may_start(jam, now)
    if found.status not in Band.UPCOMING:
        raise Conflict(_("This band is no longer in the running order."))
    playing = get_band_on_stage(jam)
    if playing and playing.pk != seen:
        raise Conflict(_("Another host got there first: %(band)s is on stage now.") % {"band": name_band(playing)})
    if playing is None and seen is not None:
        raise Conflict(_("Another host got there first: the stage is empty now."))
    done = _finish(playing, user, now) if playing else finish_song_on_stage(jam=jam, user=user, now=now)
    before = take_band_snapshot(found)
    since = Attendee.objects.filter(pk=OuterRef("attendee")).values("waits_since")
    Seat.objects.filter(band=found).update(waited_since=Subquery(since))  # the band announces the change
    save_band(found, status=BandStatus.ON_STAGE, started_at=now)
    with_events = [done.pk] if done else []
    return record_band_event(found, before, verb=Verb.START_BAND, user=user, now=now, with_events=with_events)


@transaction.atomic
def finish_band(*, jam: Jam, band: int, user: User, now: datetime) -> Event | None:
    """Finish the band on stage and its song; its musicians wait again from now on.

    Return the event, or None if the band has played already. Raises NotFound when the band is not at `jam`, and
    Conflict when it is not on stage.
    """
    jam = lock_open_jam(jam)
    found = get_band(jam, band)
    if found.status == BandStatus.PLAYED:
        return None
    if found.status != BandStatus.ON_STAGE:
        raise Conflict(_("This band isn't on stage."))
    return _finish(found, user, now)


@transaction.atomic
def drop_band(*, jam: Jam, band: int, user: User, now: datetime) -> Event | None:
    """Drop a band that has not been on stage; return the event, or None if it has been dropped already.

    Its musicians keep their place on the waiting list. Raises NotFound when the band is not at `jam`, and Conflict when
    it is or was on stage.
    """
    jam = lock_open_jam(jam)
    found = get_band(jam, band)
    if found.status == BandStatus.DROPPED:
        return None
    if found.status not in Band.UPCOMING:
        sentence = _("You can't do that: this band is already %(status)s.")
        raise Conflict(sentence % {"status": found.get_status_display()})
    before = take_band_snapshot(found)
    save_band(found, status=BandStatus.DROPPED)
    return record_band_event(found, before, verb=Verb.DROP_BAND, user=user, now=now)


@transaction.atomic
def rename_band(*, jam: Jam, band: int, name: str = "", needs: str = "", user: User, now: datetime) -> Event | None:
    """Change the name of an act and what it needs on stage; return the event, or None if both are the same.

    Raises Invalid for an overlong text, and NotFound when the band is not at `jam`.
    """
    jam = lock_open_jam(jam)
    found = get_band(jam, band)
    name, needs = clean_act_name(name), clean_needs(needs)
    if (found.name, found.needs) == (name, needs):
        return None
    if not name and not found.seats.all():
        raise Invalid(_("A band needs somebody who plays, or a name."))
    before = take_band_snapshot(found)
    save_band(found, name=name, needs=needs)
    return record_band_event(found, before, verb=Verb.RENAME_BAND, user=user, now=now)


def mark_missing(*, jam: Jam, band: int, name: str, user: User, now: datetime) -> Event | None:
    """Note that `name` has not turned up for a band; return the event, or None if that is known already.

    Raises NotFound when the band is not at `jam` or nobody in it has the name, and Conflict when the jam has ended.
    """
    return _mark_seat(jam, band, name, Verb.MARK_MISSING, no_show=True, user=user, now=now)


def mark_present(*, jam: Jam, band: int, name: str, user: User, now: datetime) -> Event | None:
    """Note that `name` has turned up for a band after all. Returns and raises the same as `mark_missing`."""
    return _mark_seat(jam, band, name, Verb.MARK_PRESENT, no_show=False, user=user, now=now)


@transaction.atomic
def _mark_seat(jam: Jam, band: int, name: str, verb: Verb, *, no_show: bool, user: User, now: datetime) -> Event | None:
    jam = lock_open_jam(jam)
    found = get_band(jam, band)
    seat = _find_seat(found, name)
    if seat.no_show == no_show:
        return None
    before = take_band_snapshot(found)
    seat.no_show = no_show
    seat.save(update_fields=["no_show"])
    return record_band_event(found, before, verb=verb, user=user, now=now, attendee=seat.attendee)


@transaction.atomic
def leave_band(*, jam: Jam, attendee: Attendee, now: datetime) -> bool:
    """Take `attendee` out of the band or act that is about to play, and drop it if nobody is left in it.

    Return whether that changed anything. Raises Conflict when the jam has ended or the band is on stage.
    """
    jam = lock_open_jam(jam)
    seats = Seat.objects.filter(attendee=attendee, band__jam=jam)
    mine = seats.filter(band__status__in=Band.UPCOMING).first()
    if mine is None:
        if seats.filter(band__status=BandStatus.ON_STAGE).exists():
            raise Conflict(_("Your band is already on stage."))
        return False
    band = get_band(jam, mine.band_id)
    before = take_band_snapshot(band)
    _delete_seat(band, mine)
    if not Seat.objects.filter(band=band).exists():
        save_band(band, status=BandStatus.DROPPED)
    record_band_event(band, before, verb=Verb.LEAVE_BAND, user=None, now=now, attendee=attendee)
    return True


def get_band_on_stage(jam: Jam) -> Band | None:
    """Return the band on stage with its seats and this `jam`, or None."""
    band = jam.bands.with_seats().filter(status=BandStatus.ON_STAGE).first()
    if band:
        band.jam = jam
    return band


def finish_band_on_stage(*, jam: Jam, user: User | None, now: datetime) -> Event | None:
    """Finish the band on stage, if there is one; `jam` must be locked (see `lock_jam`)."""
    playing = get_band_on_stage(jam)
    return _finish(playing, user, now) if playing else None


def clean_act_name(name: str) -> str:
    """Return the normalised name of an act, which may be empty; raises Invalid for an overlong one."""
    name = clean_text(name)
    if len(name) > MAX_ACT_NAME_LENGTH:
        raise Invalid(_("Names of acts can have up to %(n)s characters.") % {"n": MAX_ACT_NAME_LENGTH})
    return name


def clean_needs(needs: str) -> str:
    needs = clean_text(needs)
    if len(needs) > MAX_NEEDS_LENGTH:
        raise Invalid(_("What an act needs can have up to %(n)s characters.") % {"n": MAX_NEEDS_LENGTH})
    return needs


def _finish(band: Band, user: User | None, now: datetime) -> Event:
    """Finish `band` and the song on stage; whoever is on the waiting list waits from now on."""
    done = finish_song_on_stage(jam=band.jam, user=user, now=now)
    before = take_band_snapshot(band)
    save_band(band, status=BandStatus.PLAYED, finished_at=max(now, band.started_at or now))
    waits = {}
    for person in Attendee.objects.filter(seats__band=band, waits_since__isnull=False).order_by("pk"):
        since = person.waits_since
        person.jam, person.waits_since = band.jam, now
        person.save(update_fields=["waits_since"])
        waits[str(person.pk)] = [since and since.isoformat(), now.isoformat()]
    with_events = [done.pk] if done else []
    return record_band_event(
        band, before, verb=Verb.FINISH_BAND, user=user, now=now, waits=waits, with_events=with_events
    )


def create_band(jam: Jam, people: dict[Attendee, str], now: datetime, **values: Any) -> Band:
    """Create a band at the end of the running order. Raises Conflict when it can't take its place there."""
    _refuse_without_bands(jam)
    upcoming = jam.bands.filter(status__in=Band.UPCOMING)
    if upcoming.count() >= MAX_UPCOMING:
        raise Conflict(_("The running order is full: %(n)s bands.") % {"n": MAX_UPCOMING})
    last = upcoming.order_by("-place").values_list("place", flat=True).first()
    band = Band(jam=jam, place=(last or 0) + 1, created_at=now, **values)
    band.save()
    refuse_busy(band, people)
    for person, instrument in people.items():
        Seat.objects.create(band=band, attendee=person, instrument=instrument, created_at=now)
    refuse_above_plan(band)
    return band


def _refuse_without_bands(jam: Jam) -> None:
    """Raise Conflict at a song list, whose pages would show nobody that a band is called or on stage."""
    if not policies.has_bands(jam):
        raise Conflict(_("This jam is a song list. Change its format to put bands together."))


def _read_seats(jam: Jam, text: str) -> dict[Attendee, str]:
    """Return who plays what from lines such as "bass: Valerie". Raises Invalid and NotFound."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > MAX_SEATS:
        raise Invalid(_("A band has up to %(n)s musicians.") % {"n": MAX_SEATS})
    people = {}
    for line in lines:
        instrument, _colon, name = line.partition(":")
        check_instrument(instrument.strip())
        person = get_musician(jam, name)
        if person in people:
            raise Invalid(_("%(name)s can have one place in a band.") % {"name": person.name})
        people[person] = instrument.strip()
    return people


def check_instrument(instrument: str) -> None:
    try:
        validate_plays([instrument])
    except ValidationError:
        raise Invalid(_("Choose what they play.")) from None


def _is_made_of(band: Band, people: dict[Attendee, str]) -> bool:
    seats = Seat.objects.filter(band=band).values_list("attendee", "instrument")
    return dict(seats) == {person.pk: instrument for person, instrument in people.items()}


def refuse_above_plan(band: Band) -> None:
    """Raise Conflict if a band has more of an instrument than the jam's stage plan. Acts bring what they need."""
    if band.name:
        return
    plan = {place["part"]: place.get("count", 1) for place in band.jam.stage_plan}
    played = list(Seat.objects.filter(band=band).values_list("instrument", flat=True))
    for instrument in plan:
        room = sum(count for other, count in plan.items() if serves(other, instrument))
        if sum(serves(one, instrument) for one in played) > room:
            raise Conflict(_("The stage plan has room for %(what)s.") % {"what": describe_part(instrument, room)})


def _get_called_last(jam: Jam) -> Band | None:
    return jam.bands.with_seats().filter(status=BandStatus.CALLED).order_by("-place", "-pk").first()


def _find_seat(band: Band, name: str) -> Seat:
    key = fold_text(clean_text(name))
    seat = Seat.objects.select_related("attendee").filter(band=band, attendee__name_key=key).first()
    if seat is None:
        raise NotFound(_("Nobody with this name is in this band."))
    seat.band = band
    return seat


def _delete_seat(band: Band, seat: Seat | None) -> None:
    if seat is not None:
        seat.band = band  # signal receivers read `band.jam`, which is loaded here
        seat.delete()
        renew_code_of(band)
