"""The waiting list: who would like to play, who sits out, who has to leave, who is new, who is in the house band.

Guests say it themselves; hosts say it for people without a phone. Both leave the same events.
"""

from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core.exceptions import Conflict, Forbidden, Invalid
from jams import policies
from jams.models import Attendee, Event, Jam
from jams.services.entry_transitions import lock_open_jam, require_not_over
from jams.services.event_log import Verb, record_event
from jams.services.host_people import get_musician, get_or_create_walk_up
from jams.services.membership import clean_name
from jams.services.night_times import read_night_time
from songs.parts import validate_plays


@transaction.atomic
def add_person(*, jam: Jam, name: str, plays: str, user: User, now: datetime) -> Event | None:
    """Add a person without a phone, who plays something, to the waiting list; return the event, or None if they wait.

    `plays` names instruments, the main one first: "bass, vocals". Raises Invalid for a missing name or an unknown
    instrument, and Conflict when the jam has ended, has no waiting list, or somebody with a phone has the name.
    """
    jam = lock_open_jam(jam)
    what = read_plays(plays)
    if not what:
        raise Invalid(_("Choose what they play."))
    _refuse_without_list(jam)
    attendee, is_added = get_or_create_walk_up(jam, clean_name(name), now)
    changes = {"plays": what, **({} if attendee.waits_since else {"waits_since": now})}
    return _change(jam, attendee, changes, verb=Verb.ADD_PERSON, user=user, now=now, is_added=is_added)


def start_waiting(*, jam: Jam, name: str, user: User, now: datetime) -> Event | None:
    """Put the musician `name` on the waiting list; return the event, or None if they are on it.

    Raises NotFound when nobody has `name`, and Conflict when the jam has ended or has no waiting list, or the musician
    plays no instrument. The functions below do the same.
    """
    return _change_by_host(jam, name, {"waits_since": now}, Verb.START_WAITING, user=user, now=now)


def stop_waiting(*, jam: Jam, name: str, user: User, now: datetime) -> Event | None:
    """Take the musician `name` off the waiting list."""
    return _change_by_host(jam, name, {"waits_since": None}, Verb.STOP_WAITING, user=user, now=now)


def sit_out(*, jam: Jam, name: str, user: User, now: datetime) -> Event | None:
    """Leave the musician `name` out of bands for a while; their place on the waiting list stays."""
    return _change_by_host(jam, name, {"sits_out": True}, Verb.SIT_OUT, user=user, now=now)


def come_back(*, jam: Jam, name: str, user: User, now: datetime) -> Event | None:
    """Consider the musician `name` for bands again."""
    return _change_by_host(jam, name, {"sits_out": False}, Verb.COME_BACK, user=user, now=now)


def set_leaving(*, jam: Jam, name: str, leaves_at: str = "", user: User, now: datetime) -> Event | None:
    """Note when the musician `name` has to leave, such as "22:30"; nothing means that they stay. Raises Invalid."""
    at = read_night_time(jam, leaves_at, now=now)
    return _change_by_host(jam, name, {"leaves_at": at}, Verb.SET_LEAVING, user=user, now=now, to=leaves_at.strip())


def set_first_time(*, jam: Jam, name: str, is_new: bool, user: User, now: datetime) -> Event | None:
    """Note whether the musician `name` is here for the first time."""
    return _change_by_host(jam, name, {"is_new": is_new}, Verb.SET_FIRST_TIME, user=user, now=now, to=is_new)


def set_house_band(*, jam: Jam, name: str, in_house_band: bool, user: User, now: datetime) -> Event | None:
    """Set whether the musician `name` stands by for places that nobody else can fill."""
    changes = {"in_house_band": in_house_band}
    return _change_by_host(jam, name, changes, Verb.SET_HOUSE_BAND, user=user, now=now, to=in_house_band)


def set_plays(*, jam: Jam, name: str, plays: str, user: User, now: datetime) -> Event | None:
    """Set what the musician `name` plays, the main instrument first. Raises Invalid for an unknown instrument."""
    return _change_by_host(jam, name, {"plays": read_plays(plays)}, Verb.SET_PLAYS, user=user, now=now)


@transaction.atomic
def change_my_waiting(
    *,
    jam: Jam,
    attendee: Attendee,
    waits: bool | None = None,
    sits_out: bool | None = None,
    leaves_at: str | None = None,
    is_new: bool | None = None,
    main: str | None = None,
    now: datetime,
) -> bool:
    """Say how `attendee` waits, in one or more respects; None leaves one as it is. Return whether anything changed.

    `main` is the one of their instruments that they mainly play. Raises Forbidden for a listener, Invalid for a time
    that can't be read or an instrument that they don't play, and Conflict when the jam has ended, takes nobody on the
    waiting list now, or nobody knows what they play.
    """
    require_not_over(jam)
    attendee = Attendee.objects.select_for_update(no_key=True).get(pk=attendee.pk)
    if not attendee.is_musician:
        raise Forbidden(_("Join in with your name first."))
    if waits and not attendee.waits_since and not policies.who_may_wait(jam).includes(attendee):
        raise Conflict(_("Sign-ups are closed at this jam."))
    steps: list[tuple[Verb, dict[str, Any], dict[str, Any]]] = []
    if waits is not None:
        since = (attendee.waits_since or now) if waits else None
        steps.append((Verb.START_WAITING if waits else Verb.STOP_WAITING, {"waits_since": since}, {}))
    if sits_out is not None:
        steps.append((Verb.SIT_OUT if sits_out else Verb.COME_BACK, {"sits_out": sits_out}, {}))
    if leaves_at is not None:
        at = read_night_time(jam, leaves_at, now=now)
        steps.append((Verb.SET_LEAVING, {"leaves_at": at}, {"to": leaves_at.strip()}))
    if is_new is not None:
        steps.append((Verb.SET_FIRST_TIME, {"is_new": is_new}, {"to": is_new}))
    if main is not None:
        if main not in attendee.plays:
            raise Invalid(_("Choose an instrument that you play."))
        plays = sorted(attendee.plays, key=lambda slug: slug != main)  # the others keep their order
        steps.append((Verb.SET_PLAYS, {"plays": plays}, {}))
    events = [_change(jam, attendee, change, verb=verb, user=None, now=now, **to) for verb, change, to in steps]
    return any(events)


def read_plays(text: str) -> list[str]:
    """Return the instruments that `text` names, separated by commas, in its order; raises Invalid."""
    plays = list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    try:
        validate_plays(plays)
    except ValidationError as error:
        raise Invalid(error.messages[0]) from None
    return plays


@transaction.atomic
def _change_by_host(
    jam: Jam, name: str, changes: dict[str, Any], verb: Verb, *, user: User, now: datetime, **data: Any
) -> Event | None:
    jam = lock_open_jam(jam)
    attendee = get_musician(jam, name)
    if changes.get("waits_since"):
        if attendee.waits_since:
            return None
        _refuse_without_list(jam)
    return _change(jam, attendee, changes, verb=verb, user=user, now=now, **data)


def _change(
    jam: Jam, attendee: Attendee, changes: dict[str, Any], *, verb: Verb, user: User | None, now: datetime, **data: Any
) -> Event | None:
    """Save what differs, and record it as data from which `undoers.restore_waiting` can restore it."""
    before = {name: getattr(attendee, name) for name in changes if getattr(attendee, name) != changes[name]}
    if not before and not data.get("is_added"):
        return None
    attendee.jam = jam
    for name in before:
        setattr(attendee, name, changes[name])
    if not attendee.plays:
        if before.get("plays"):  # nobody can wait without an instrument
            before.setdefault("waits_since", attendee.waits_since)
            attendee.waits_since = None
        elif attendee.waits_since:
            raise Conflict(_("Say what %(name)s plays first.") % {"name": attendee.name})
    attendee.save(update_fields=[*before])
    person = {name: [_to_json(value), _to_json(getattr(attendee, name))] for name, value in before.items()}
    return record_event(jam=jam, verb=verb, now=now, user=user, attendee=attendee, person=person, **data)


def _refuse_without_list(jam: Jam) -> None:
    if not policies.has_waiting_list(jam):
        raise Conflict(_("This jam has no waiting list. Change its format to put bands together."))


def _to_json(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
