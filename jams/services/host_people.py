"""Host actions on people: add walk-ups, mark no-shows, rename and remove musicians.

Musicians are identified by name, which is unique at a jam, so that ids of people are never exposed.
"""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core.exceptions import Conflict, Invalid, NotFound
from core.text import clean_text, fold_text
from jams.models import NAME_FIELDS, Attendee, Entry, EntryStatus, Event, Jam, Performance
from jams.services.entry_transitions import lock_open_jam, reload_entry
from jams.services.event_log import Verb, record_event
from jams.services.membership import NameTaken, clean_name, collect_sign_ups, make_listener, suggest_free_names
from jams.services.sign_ups import get_claimed_entries
from songs.instruments import get_catalogue, resolve_words

MAX_OTHER_PART_LENGTH = 40


@transaction.atomic
def add_walk_up(
    *,
    jam: Jam,
    entry: Entry,
    name: str,
    part: str,
    other_part: str = "",
    known: bool | None = None,
    user: User,
    now: datetime,
) -> Event | None:
    """Sign a person without a phone up for `part` in `entry`; return the event, or None if they are already.

    A walk-up with the same name is the same person. With `known`, it is the musician of this name who is here, phone or
    not. `other_part` names the instrument if `part` is "other". Raises Invalid for a missing name or unknown part,
    NotFound when the entry is not at `jam` or nobody known has the name, and Conflict when the song is neither in the
    queue nor on stage, when the name belongs to somebody else with a phone, or at the performing limit.
    """
    jam = lock_open_jam(jam)
    entry = reload_entry(jam, entry)
    _refuse_unless_open_to_performers(entry)
    part, words = _clean_part(part, other_part)
    if known:
        attendee, is_new = get_musician(jam, name), False
    else:
        attendee, is_new = get_or_create_walk_up(jam, clean_name(name), now)
    return _add_performer(entry, attendee, part, words, is_new=is_new, user=user, now=now)


@transaction.atomic
def add_performer(
    *, entry: Entry, attendee: Attendee, part: str, other_part: str = "", user: User, now: datetime
) -> Event | None:
    """Sign `attendee` up for `part` in `entry`. Returns and raises the same as `add_walk_up`."""
    jam = lock_open_jam(entry.jam)
    entry = reload_entry(jam, entry)
    _refuse_unless_open_to_performers(entry)
    attendee.jam = jam
    part, words = _clean_part(part, other_part)
    return _add_performer(entry, attendee, part, words, is_new=False, user=user, now=now)


def mark_no_show(*, jam: Jam, entry: Entry, name: str, user: User, now: datetime) -> Event | None:
    """Mark the musician `name` as a no-show for `entry`; return the event, or None if they are marked already.

    Raises NotFound when the entry is not at `jam` or no musician with this name is signed up for it, and Conflict when
    the jam has ended.
    """
    return _set_presence(jam, entry, name, absent=True, user=user, now=now)


def mark_turned_up(*, jam: Jam, entry: Entry, name: str, user: User, now: datetime) -> Event | None:
    """Mark the musician `name` as present for `entry` after all. Returns and raises the same as `mark_no_show`."""
    return _set_presence(jam, entry, name, absent=False, user=user, now=now)


@transaction.atomic
def _set_presence(jam: Jam, entry: Entry, name: str, *, absent: bool, user: User, now: datetime) -> Event | None:
    jam = lock_open_jam(jam)
    entry = reload_entry(jam, entry)
    performances = list(entry.performances.filter(attendee__name_key=fold_text(name)).select_related("attendee"))
    if not performances:
        raise NotFound(_("Nobody with this name is signed up for this song."))
    changed = [performance for performance in performances if performance.no_show != absent]
    if not changed:
        return None
    for performance in changed:
        performance.entry, performance.no_show = entry, absent
        performance.save(update_fields=["no_show"])
    verb, who = (Verb.MARK_NO_SHOW if absent else Verb.MARK_TURNED_UP), changed[0].attendee
    pks = [performance.pk for performance in changed]
    return record_event(jam=jam, verb=verb, now=now, user=user, attendee=who, entry=entry, performances=pks)


@transaction.atomic
def rename_person(*, jam: Jam, name: str, to: str, user: User, now: datetime) -> Event | None:
    """Rename the musician `name`; return the event, or None if the name is the same.

    Raises Invalid for an empty or overlong name, NotFound when nobody has `name`, and Conflict when the jam has ended
    or somebody else has the name `to`.
    """
    jam = lock_open_jam(jam)
    attendee, to = get_musician(jam, name), clean_name(to)
    if attendee.name == to:
        return None
    data: dict[str, Any] = {"from": attendee.name, "to": to}
    attendee.name = to
    try:
        with transaction.atomic():
            attendee.save(update_fields=NAME_FIELDS)
    except IntegrityError:
        raise NameTaken(to, suggest_free_names(jam=jam, name=to)) from None
    return record_event(jam=jam, verb=Verb.RENAME_PERSON, now=now, user=user, attendee=attendee, **data)


@transaction.atomic
def remove_person(*, jam: Jam, name: str, user: User, now: datetime) -> Event:
    """Remove the musician `name` from all songs not played yet; songs already played keep their name.

    Their phone becomes a listener's and keeps its votes. Raises NotFound when nobody has `name`, and Conflict when the
    jam has ended.
    """
    jam = lock_open_jam(jam)
    attendee = get_musician(jam, name)
    event = record_event(
        jam=jam, verb=Verb.REMOVE_PERSON, now=now, user=user, attendee=attendee, taken=collect_sign_ups(attendee)
    )
    make_listener(attendee=attendee, now=now)
    return event


def takes_performers(entry: Entry) -> bool:
    """Whether a host can sign somebody up for `entry`: it is in the queue or on stage."""
    return entry.status in (*Entry.UPCOMING, EntryStatus.PLAYING)


def _refuse_unless_open_to_performers(entry: Entry) -> None:
    if not takes_performers(entry):
        raise Conflict(_("This song isn't in the queue."))


def _add_performer(
    entry: Entry, attendee: Attendee, part: str, words: str, *, is_new: bool, user: User, now: datetime
) -> Event | None:
    if attendee.performances.filter(entry=entry, part=part).exists():
        return None
    _refuse_above_limit(entry.jam, entry, attendee)
    performance = Performance.objects.create(
        entry=entry, attendee=attendee, part=part, other_part=words, created_at=now
    )
    data = {"performance": performance.pk, "is_new": is_new, "part": part}
    return record_event(
        jam=entry.jam, verb=Verb.ADD_WALK_UP, now=now, user=user, attendee=attendee, entry=entry, **data
    )


def get_musician(jam: Jam, name: str) -> Attendee:
    """Return the musician `name` who is here, locked until the transaction ends; raises NotFound."""
    here = jam.attendees.select_for_update(no_key=True).filter(left_at=None).exclude(name="")
    attendee = here.filter(name_key=fold_text(name)).first()
    if attendee is None:
        raise NotFound(_("Nobody with this name is at this jam."))
    attendee.jam = jam
    return attendee


def get_or_create_walk_up(jam: Jam, name: str, now: datetime) -> tuple[Attendee, bool]:
    """Return the walk-up with this name, and whether they are new."""
    attendee = jam.attendees.filter(name_key=fold_text(name)).first()
    if attendee and attendee.browser is not None:
        raise NameTaken(name, suggest_free_names(jam=jam, name=name))
    if attendee:
        attendee.jam, attendee.left_at = jam, None
        attendee.save(update_fields=["left_at"])
        return attendee, False
    try:
        with transaction.atomic():
            return Attendee.objects.create(jam=jam, name=name, created_at=now), True
    except IntegrityError:  # somebody with a phone has just joined with this name
        raise NameTaken(name, suggest_free_names(jam=jam, name=name)) from None


def _clean_part(part: str, words: str) -> tuple[str, str]:
    """Return the instrument, and the words for one that the site does not know; they may be missing."""
    if part not in get_catalogue():
        raise Invalid(_("Choose what they play."))
    part, words = resolve_words(part, clean_text(words))
    if len(words) > MAX_OTHER_PART_LENGTH:
        raise Invalid(_("Instruments can have up to %(n)s characters.") % {"n": MAX_OTHER_PART_LENGTH})
    return part, words


def _refuse_above_limit(jam: Jam, entry: Entry, attendee: Attendee) -> None:
    """Raise Conflict at the performing limit; a second part in the same song doesn't count."""
    others = get_claimed_entries(attendee) - {entry.pk}
    if len(others) >= jam.performing_limit:
        raise Conflict(_("%(name)s has already reached the limit of songs per musician.") % {"name": attendee.name})
