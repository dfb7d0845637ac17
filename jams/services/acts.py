"""Acts in the running order: guests sign them up, and join them with a code.

The founder of an act is the member who joined it first. Only the founder and the host can name it, and only the founder
can make a new code. The code also changes when somebody leaves, so that the old one does not let them back in.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core.exceptions import Conflict, Forbidden, NotFound
from jams import policies
from jams.identity.act_codes import derive_act_code
from jams.models import Attendee, Band, Jam, Seat
from jams.services.band_order import take_slot
from jams.services.band_records import get_band, is_act, record_band_event, renew_code_of, save_band, take_band_snapshot
from jams.services.bands import (
    MAX_SEATS,
    check_instrument,
    clean_act_name,
    clean_needs,
    create_band,
    refuse_above_plan,
)
from jams.services.entry_transitions import lock_open_jam
from jams.services.event_log import Verb, record_event


@transaction.atomic
def sign_up_act(
    *,
    jam: Jam,
    attendee: Attendee,
    instrument: str,
    name: str = "",
    needs: str = "",
    slot: int | None = None,
    now: datetime,
) -> bool:
    """Put `attendee` into the running order of an open mic, alone or as the act `name`; return whether that is new.

    Whoever waits with an act changes what they play in it; its founder, its name, its needs and its slot as well.
    Raises Forbidden for a listener, and for another name, other needs or another slot from somebody else in the act;
    Invalid for an unknown instrument or an overlong text, and Conflict when the jam takes no acts, its running order is
    full, the slot is taken, or the stage has no room for the instrument.
    """
    jam = lock_open_jam(jam)
    check_instrument(instrument)
    name, needs = clean_act_name(name), clean_needs(needs)
    _refuse_unless_open(jam, attendee)
    mine = _find_seat_in_act(jam, attendee)
    if mine is None:
        name = name or _name_alone(jam, attendee)
        band = create_band(jam, {attendee: instrument}, now, name=name, needs=needs)
        take_slot(jam=jam, band=band, slot=slot)
        record_band_event(band, None, verb=Verb.SIGN_UP_ACT, user=None, now=now, attendee=attendee)
        return True
    band = get_band(jam, mine.band_id)
    if not is_founder(band, attendee):
        _refuse_other_words(band, name, needs, slot)
        name, needs, slot = band.name, band.needs, band.slot
    name = name or _name_alone(jam, attendee)
    if (band.name, band.needs, band.slot, mine.instrument) == (name, needs, slot, instrument):
        return False
    before = take_band_snapshot(band)
    mine.band, mine.instrument = band, instrument
    mine.save(update_fields=["instrument"])
    save_band(band, name=name, needs=needs)
    if band.slot != slot:
        take_slot(jam=jam, band=band, slot=slot)
    refuse_above_plan(band)
    record_band_event(band, before, verb=Verb.SIGN_UP_ACT, user=None, now=now, attendee=attendee)
    return True


@transaction.atomic
def join_act(*, jam: Jam, attendee: Attendee, code: str, instrument: str, now: datetime) -> bool:
    """Let `attendee` join the act whose code somebody in it has passed on; return whether that changed anything.

    Joining again changes the instrument. Raises Forbidden for a listener, Invalid for an unknown instrument, NotFound
    for a code that no act to come has, and Conflict when the jam takes no acts, the act is full, the stage has no room
    for the instrument, or `attendee` is in another act.
    """
    jam = lock_open_jam(jam)
    check_instrument(instrument)
    _refuse_unless_open(jam, attendee)
    band = _find_act(jam, code)
    mine = _find_seat_in_act(jam, attendee)
    if mine and mine.band_id != band.pk:
        raise Conflict(_("You're in the running order already. Drop out there first."))
    if mine and mine.instrument == instrument:
        return False
    if mine is None and len(band.seats.all()) >= MAX_SEATS:
        raise Conflict(_("A band has up to %(n)s musicians.") % {"n": MAX_SEATS})
    before = take_band_snapshot(band)
    seat = mine or Seat(attendee=attendee, created_at=now)
    seat.band, seat.instrument = band, instrument
    seat.save()
    refuse_above_plan(band)
    record_band_event(band, before, verb=Verb.JOIN_ACT, user=None, now=now, attendee=attendee)
    return True


@transaction.atomic
def renew_act_code(*, jam: Jam, attendee: Attendee, now: datetime) -> str:
    """Give the act that `attendee` has founded a new code, so that nobody joins with the old one; return it.

    Raises NotFound for somebody in no act to come, Forbidden for somebody else in the act, and Conflict when the jam
    has ended.
    """
    jam = lock_open_jam(jam)
    mine = _find_seat_in_act(jam, attendee)
    if mine is None:
        raise NotFound(_("You're in no act at the moment."))
    band = get_band(jam, mine.band_id)
    if not is_founder(band, attendee):
        raise Forbidden(_("Only whoever signed the act up can make a new code."))
    renew_code_of(band)
    band.save(update_fields=["place"])  # tells the phones of the others
    record_event(jam=jam, verb=Verb.RENEW_ACT_CODE, now=now, attendee=attendee)
    return get_act_code(band)


def find_act_code(*, jam: Jam, attendee: Attendee) -> str:
    """Return the code of the upcoming act that `attendee` is in; empty if there is none."""
    mine = _find_seat_in_act(jam, attendee)
    return get_act_code(mine.band) if mine else ""


def get_act_code(band: Band) -> str:
    """Return the code with which others join `band`, an act."""
    return derive_act_code(band.pk, band.code_number)


def is_founder(band: Band, attendee: Attendee) -> bool:
    """Whether `attendee` has been in `band` longest; its seats must be loaded in their order."""
    first = next(iter(band.seats.all()), None)
    return first is not None and first.attendee_id == attendee.pk


def _refuse_unless_open(jam: Jam, attendee: Attendee) -> None:
    if not attendee.is_musician:
        raise Forbidden(_("Join in with your name first."))
    if not policies.who_may_sign_up_act(jam).includes(attendee):
        raise Conflict(_("This jam isn't taking acts right now."))


def _name_alone(jam: Jam, attendee: Attendee) -> str:
    """Return what an act without a name is called: among bands of the host, only what has a name is an act."""
    return "" if is_act(jam, "") else attendee.name


def _refuse_other_words(band: Band, name: str, needs: str, slot: int | None) -> None:
    """Raise Forbidden for a name, needs or a slot that are given and differ."""
    if (name or band.name, needs or band.needs, slot or band.slot) != (band.name, band.needs, band.slot):
        raise Forbidden(_("Only whoever signed the act up can change its name and what it needs."))


def _find_seat_in_act(jam: Jam, attendee: Attendee) -> Seat | None:
    """Return the seat of `attendee` in the first upcoming act; a band that a host put together does not count."""
    seats = Seat.objects.filter(attendee=attendee, band__jam=jam, band__status__in=Band.UPCOMING)
    seats = seats.select_related("band").order_by("band__status", "band__place", "band", "pk")
    return next((seat for seat in seats if is_act(jam, seat.band.name)), None)


def _find_act(jam: Jam, code: str) -> Band:
    """Return the upcoming act with this code, which people may type in capitals and with spaces; raises NotFound."""
    typed = code.casefold().replace(" ", "").replace("-", "")
    acts = jam.bands.filter(status__in=Band.UPCOMING).only("pk", "name", "code_number")
    found = [band.pk for band in acts if is_act(jam, band.name) and get_act_code(band) == typed]
    if not found:
        raise NotFound(_("No act has this code. Ask somebody in the act for it."))
    return get_band(jam, found[0])
