"""Join a jam with a name, and leave it."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import count
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core.exceptions import Conflict, Invalid, NotFound
from core.text import clean_text, fold_lookalikes, fold_text
from jams import policies
from jams.models import (
    NAME_FIELDS,
    WAITING_FIELDS,
    Attendee,
    Entry,
    EntryStatus,
    Format,
    Jam,
    MoveCode,
    Performance,
    PushSubscription,
    Recipient,
)
from jams.services.band_records import collect_seats, give_seats_back, leave_bands
from jams.services.entry_transitions import require_not_over
from jams.services.event_log import Verb, record_event
from songs.parts import validate_plays

MAX_NAME_LENGTH = 60
MAX_SUFFIX_LENGTH = 6  # characters of a name reserved for a suffix that makes it unique
INITIALS = "KMBRTJLSPDCHGNEFWVAOIUYQXZ"
SIGN_UP_FIELDS = ("entry", "part", "other_part", "no_show", "created_at")
NOT_PLAYED_YET = (EntryStatus.SUGGESTED, *Entry.UPCOMING)


class NameTaken(Conflict):
    """Somebody else at the jam has the name; `free` holds similar names that are available."""

    def __init__(self, name: str, free: list[str]) -> None:
        sentence = _("Someone at this jam is already called %(name)s. %(free)s is free.")
        super().__init__(sentence % {"name": name, "free": free[0]})
        self.free = free


@transaction.atomic
def join_as_musician(*, jam: Jam, attendee: Attendee, name: str, plays: Iterable[str] = (), now: datetime) -> bool:
    """Make `attendee` the musician `name` at `jam`, or rename them; return whether that changed anything.

    `plays` holds instruments, the main one first. In a jam of bands, a newcomer who plays something waits at once.
    Raises NameTaken when somebody else has the name or one that looks like it, Invalid for an empty or overlong name or
    an unknown instrument, NotFound for an attendee of another jam, and Conflict when the jam has ended.
    """
    _refuse_unless_present(jam, attendee)
    name, plays = clean_name(name), _clean_plays(plays)
    if attendee.is_musician and (attendee.name, attendee.plays) == (name, plays):
        return False
    before = attendee.name if attendee.is_musician else ""
    waits = attendee.waits_since
    if not plays:
        waits = None
    elif not (before and attendee.plays) and jam.format == Format.BANDS and _may_wait(jam):
        waits = waits or now
    attendee.name, attendee.plays, attendee.left_at, attendee.waits_since = name, plays, None, waits
    try:
        with transaction.atomic():
            attendee.save(update_fields=[*NAME_FIELDS, "plays", "left_at", "waits_since"])
    except IntegrityError:
        raise NameTaken(name, suggest_free_names(jam=jam, name=name)) from None
    renamed: dict[str, Any] = {"from": before, "to": name} if before and before != name else {}
    record_event(jam=jam, verb=Verb.RENAME if renamed else Verb.JOIN, now=now, attendee=attendee, **renamed)
    return True


@transaction.atomic
def leave_musicians(*, jam: Jam, attendee: Attendee, now: datetime) -> bool:
    """Make `attendee` a listener again; return whether that changed anything.

    Cancels sign-ups for songs not played yet, and places in bands and on the waiting list. Keeps votes, and the name on
    what was already played. Raises NotFound for
    an attendee of another jam, and Conflict when the jam has ended.
    """
    _refuse_unless_present(jam, attendee)
    attendee = Attendee.objects.select_for_update(no_key=True).get(pk=attendee.pk)
    attendee.jam = jam
    if not attendee.is_musician:
        return False
    record_event(jam=jam, verb=Verb.LEAVE, now=now, attendee=attendee)
    make_listener(attendee=attendee, now=now)
    return True


def make_listener(*, attendee: Attendee, now: datetime) -> None:
    """Turn a musician, whose row must be locked, into a listener; delete a walk-up who has not played."""
    for performance in attendee.performances.filter(entry__status__in=NOT_PLAYED_YET).select_related("entry__jam"):
        performance.delete()
    leave_bands(attendee)
    MoveCode.objects.filter(attendee=attendee).delete()
    Recipient.objects.filter(attendee=attendee).delete()
    PushSubscription.objects.filter(attendee=attendee).delete()
    attendee.waits_since, attendee.leaves_at = None, None
    attendee.sits_out = attendee.in_house_band = False
    if attendee.performances.exists() or attendee.seats.exists():
        attendee.left_at = now
    elif attendee.browser is None:
        attendee.delete()
        return
    else:
        attendee.name = ""
    attendee.save(update_fields=[*NAME_FIELDS, *WAITING_FIELDS, "left_at"])


def collect_sign_ups(attendee: Attendee) -> dict[str, Any]:
    """Return, as JSON-serialisable data, what `make_listener` takes away and `restore_sign_ups` gives back."""
    rows = attendee.performances.filter(entry__status__in=NOT_PLAYED_YET).order_by("pk")
    songs = [{**row, "created_at": row["created_at"].isoformat()} for row in rows.values(*SIGN_UP_FIELDS)]
    waiting = {name: getattr(attendee, name) for name in WAITING_FIELDS}
    times = {name: at and at.isoformat() for name, at in waiting.items() if name.endswith(("_since", "_at"))}
    return {
        "plays": attendee.plays,
        "has_phone": attendee.browser is not None,
        "songs": songs,
        "waiting": {**waiting, **times},
        "seats": collect_seats(attendee),
    }


def restore_sign_ups(*, jam: Jam, attendee: Attendee | None, name: str, taken: dict[str, Any], now: datetime) -> None:
    """Make `attendee`, or a new walk-up, the musician `name` again, with `taken` from `collect_sign_ups`.

    Songs that have been played meanwhile are left out. Raises Conflict when the phone is gone or has joined again, or
    when somebody else has the name.
    """
    if attendee is None and not taken["has_phone"]:
        attendee = Attendee(jam=jam, created_at=now)
    if attendee is None or attendee.is_musician:
        raise Conflict(_("This can't be undone any more: later changes depend on it."))
    attendee.jam, attendee.name, attendee.left_at = jam, name, None
    for field, value in taken["waiting"].items():
        setattr(attendee, field, getattr(Attendee, field).field.to_python(value))
    try:
        with transaction.atomic():
            fields = [*NAME_FIELDS, *WAITING_FIELDS, "left_at"]
            attendee.save(update_fields=None if attendee._state.adding else fields)
    except IntegrityError:
        raise NameTaken(name, suggest_free_names(jam=jam, name=name)) from None
    give_seats_back(jam, attendee, taken["seats"])
    give_songs_back(jam, attendee, taken["songs"])


def give_songs_back(jam: Jam, attendee: Attendee, songs: Iterable[dict[str, Any]]) -> None:
    """Sign `attendee` up again for `songs`, rows of `SIGN_UP_FIELDS`, except those that have been played meanwhile."""
    entries = {entry.pk: entry for entry in jam.entries.filter(status__in=NOT_PLAYED_YET)}
    for song in songs:
        if entry := entries.get(song["entry"]):
            entry.jam = jam
            created_at = datetime.fromisoformat(song["created_at"])
            Performance.objects.create(**{**song, "entry": entry, "attendee": attendee, "created_at": created_at})


def clean_name(name: str) -> str:
    """Return the normalised `name`; raises Invalid for an empty or overlong one."""
    name = clean_text(name)
    if not fold_text(name):
        raise Invalid(_("Enter your name."))
    if len(name) > MAX_NAME_LENGTH:
        raise Invalid(_("Names can have up to %(n)s characters.") % {"n": MAX_NAME_LENGTH})
    return name


def suggest_free_names(*, jam: Jam, name: str) -> list[str]:
    """Return names like `name` that are free at `jam`: with an initial, if one is left, and with a number."""
    is_free = find_free_names(jam)
    ways = [_with_initial(name), _with_number(name)]
    found = [next(filter(is_free, way), "") for way in ways]
    return [other for other in found if other]


def find_free_names(jam: Jam) -> Callable[[str], bool]:
    """Read the names at `jam`; return a function that tells whether nobody has a name, or one that looks like it."""
    keys = list(Attendee.objects.filter(jam=jam).exclude(name="").values_list("name_key", "look_key"))
    names, looks = {name for name, _look in keys}, {look for _name, look in keys}
    return lambda name: fold_text(name) not in names and fold_lookalikes(name) not in looks


def _with_initial(name: str) -> Iterator[str]:
    first, _space, last = name.partition(" ")
    initials = last[:1].upper() or INITIALS
    return (f"{first[: MAX_NAME_LENGTH - MAX_SUFFIX_LENGTH]} {initial}." for initial in initials)


def _with_number(name: str) -> Iterator[str]:
    return (f"{name[: MAX_NAME_LENGTH - MAX_SUFFIX_LENGTH]} {number}" for number in count(2))


def _clean_plays(plays: Iterable[str]) -> list[str]:
    plays = list(dict.fromkeys(plays))
    try:
        validate_plays(plays)
    except ValidationError as error:
        raise Invalid(error.messages[0]) from None
    return plays


def _may_wait(jam: Jam) -> bool:
    return policies.who_may_wait(jam) is not policies.Audience.NOBODY


def _refuse_unless_present(jam: Jam, attendee: Attendee) -> None:
    if attendee.jam_id != jam.pk:
        raise NotFound(_("You've joined a different jam."))
    require_not_over(jam)
