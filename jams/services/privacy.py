"""Retention and erasure: anonymise people; keep the play history and the vote counts."""

import json
import secrets
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from core.text import fold_text
from jams.models import (
    NAME_FIELDS,
    OVER,
    WAITING_FIELDS,
    Attendee,
    Band,
    Card,
    Entry,
    Event,
    Jam,
    MoveCode,
    Performance,
    PushSubscription,
    Question,
    Recipient,
)
from jams.services.cards import close_night
from jams.services.event_log import Verb
from jams.services.membership import find_free_names, leave_musicians
from songs.models import ChordState

SOMEBODY = "somebody"
RENAMES = ("rename", "rename_person", "merge_person")
ANNOUNCEMENTS = (Verb.ANNOUNCE, Verb.WITHDRAW_ANNOUNCEMENT)


def forget_old_jams(*, now: datetime) -> int:
    """Anonymise all people at jams that ended at least KEEP_NAMES_DAYS ago; return the number of jams.

    A jam that was cancelled is forgotten as long after its planned end.
    """
    old = Jam.objects.filter(
        status__in=OVER, forgotten_at=None, ends_at__lt=now - timedelta(days=settings.KEEP_NAMES_DAYS)
    )
    return sum(_forget_jam(pk, now) for pk in old.order_by("ends_at", "pk").values_list("pk", flat=True))


@transaction.atomic
def forget_attendee(*, jam: Jam, attendee: Attendee, now: datetime) -> None:
    """Anonymise one person at `jam`, at their own request: name, phone and typed text. Also cancels their sign-ups.

    If the series of `jam` remembers them, it forgets them, too.
    While the jam is on, their votes are deleted too, or the same phone could vote a second time as a newcomer. After
    the jam, the votes stay without a name. Songs they played stay, under a pseudonym such as "Musician 1". If a host
    voided this phone's votes, its keyed hash is kept until the jam's names are deleted, so that it stays blocked.
    This can't be undone.
    """
    acts = _find_bands(jam, [attendee])  # before they leave them
    if not jam.is_over:
        leave_musicians(jam=jam, attendee=attendee, now=now)
        attendee.votes.all().delete()
        attendee.removed_votes.all().delete()  # nor may an undo bring them back
    attendee = Attendee.objects.select_for_update(no_key=True).get(pk=attendee.pk)
    attendee.jam = jam
    Recipient.objects.filter(attendee=attendee).delete()
    MoveCode.objects.filter(attendee=attendee).delete()
    PushSubscription.objects.filter(attendee=attendee).delete()
    Card.objects.filter(attendee=attendee).delete()  # saving the attendee signals
    names = {attendee.name, *_collect_names(Event.objects.filter(attendee=attendee))} - {""}
    _anonymise(attendee, next(_free_pseudonyms(jam)), keep_phone=attendee.votes_void)
    if attendee.name:
        attendee.left_at = attendee.left_at or now  # a public recap leaves them out
    attendee.save(
        update_fields=[*NAME_FIELDS, *WAITING_FIELDS, "browser", "left_at"]
    )  # the signal updates caches and open pages
    _erase_typed_text(jam, [attendee], acts)
    _erase_announcements(jam, names)
    _erase_from_admin_log(jam, [attendee], names)
    _replace_names_in_events(jam, dict.fromkeys(names, attendee.name or SOMEBODY))


@transaction.atomic
def _forget_jam(pk: int, now: datetime) -> bool:
    """Anonymise all people at one jam, unless another process has just done so."""
    jam = Jam.objects.select_for_update(no_key=True).filter(pk=pk, forgotten_at=None).first()
    if jam is None:
        return False
    if jam.series_id is not None:
        close_night(jam)
    people = list(Attendee.objects.filter(jam=jam).order_by("pk"))
    before = {person.pk: person.name for person in people}
    in_events = _collect_names(Event.objects.filter(jam=jam))
    pseudonyms = _free_pseudonyms(jam)
    for person in people:
        _anonymise(person, next(pseudonyms) if person.name else "", keep_phone=False)
    Attendee.objects.bulk_update(people, [*NAME_FIELDS, *WAITING_FIELDS, "browser"], batch_size=200)  # signalled below
    MoveCode.objects.filter(attendee__jam=jam).delete()
    PushSubscription.objects.filter(attendee__jam=jam).delete()
    Question.objects.filter(jam=jam).delete()  # with what people said
    acts = {str(pk) for pk in Band.objects.filter(jam=jam).values_list("pk", flat=True)}
    _erase_typed_text(jam, people, acts)
    _erase_announcements(jam)
    _erase_from_admin_log(jam, people, in_events | {*before.values()} - {""})
    known = {before[person.pk]: person.name for person in people if before[person.pk]}
    _replace_names_in_events(jam, {**dict.fromkeys(in_events, SOMEBODY), **known})
    jam.forgotten_at = now
    jam.save(update_fields=["forgotten_at", "announcement"])  # sends the signal that invalidates the caches
    return True


def _free_pseudonyms(jam: Jam) -> Iterator[str]:
    """Yield "Musician 1", "Musician 2" and so on, except names that are taken at `jam`.

    The number is not the primary key, so it can't be traced to a row.
    """
    is_free = find_free_names(jam)
    return (name for name in (f"Musician {number}" for number in count(1)) if is_free(name))


def _anonymise(person: Attendee, pseudonym: str, *, keep_phone: bool) -> None:
    """Replace the name of `person`, and the key of their phone by a random one that no cookie leads to."""
    if not keep_phone:
        person.browser = secrets.token_hex(32)
    person.plays = []
    person.waits_since = person.leaves_at = None
    person.sits_out = person.is_new = person.in_house_band = False
    if person.name:
        person.name = pseudonym


def _find_bands(jam: Jam, people: Collection[Attendee]) -> set[str]:
    """Return the keys of the bands and acts in which any of `people` are, or have been according to the events."""
    pks = {person.pk for person in people}
    seated = Band.objects.filter(jam=jam, seats__attendee__in=pks).values_list("pk", flat=True)
    found = {str(pk) for pk in seated}
    for event in Event.objects.filter(jam=jam, data__has_key="bands"):
        for key, change in event.data["bands"].items():
            if any(pk in pks for way in change.values() if way for pk, *_rest in way.get("seats", ())):
                found.add(key)
    return found


def _erase_typed_text(jam: Jam, people: list[Attendee], bands: set[str]) -> None:
    """Remove what people typed: the instrument for the part "other", also from their events, links to chords, acts.

    The name of an act is often that of a person, so it goes with the first of its musicians who is forgotten. `bands`
    are the keys of those in which `people` are or were.
    """
    last_set = Event.objects.filter(jam=jam, verb=Verb.SET_CHORDS).exclude(entry=None).order_by("at", "pk")
    setters = dict(last_set.values_list("entry", "attendee"))
    theirs = [entry for entry, setter in setters.items() if setter in {person.pk for person in people}]
    Entry.objects.filter(pk__in=theirs).update(chord_url="", chord_state=ChordState.UNKNOWN)  # caller signals
    Performance.objects.filter(attendee__in=people).exclude(other_part="").update(other_part="")  # caller signals
    events = list(Event.objects.filter(jam=jam).order_by("pk"))
    acts = Band.objects.filter(pk__in=bands)
    names = {*acts.values_list("name", flat=True), *_collect_act_names(events, bands)} - {""}
    acts.update(name="", needs="")  # caller signals
    whose = {person.pk for person in people}
    changed = []
    for event in events:
        data = _without_acts(event.data, bands, names)
        if event.attendee_id in whose and data.get("words"):
            data["words"] = ""
        if data != event.data:
            event.data = data
            changed.append(event)
    Event.objects.bulk_update(changed, ["data"], batch_size=200)  # no cached page shows events


def _collect_act_names(events: Iterable[Event], bands: set[str]) -> set[str]:
    """Return the names that the acts `bands` had according to `events`."""
    changes = [event.data["bands"][key] for event in events for key in bands.intersection(event.data.get("bands", {}))]
    return {way.get("name", "") for change in changes for way in change.values() if way}


def _erase_announcements(jam: Jam, names: Collection[str] | None = None) -> None:
    """Remove what hosts announced at `jam`, or only what contains one of `names`, however a host spelled it."""
    spellings = None if names is None else [fold_text(name) for name in names]

    def is_erased(words: str) -> bool:
        return spellings is None or any(name in fold_text(words) for name in spellings)

    jam.refresh_from_db(fields=["announcement"])
    if jam.announcement and is_erased(jam.announcement):
        jam.announcement = ""
        jam.save(update_fields=["announcement"])
    changed = []
    for event in Event.objects.filter(jam=jam).order_by("pk"):
        verb, said = event.data.get("undone", event.verb), event.data.get("data", event.data)
        ways = said.get("settings", {}).get("announcement", [])  # what an undo would bring back
        if verb in ANNOUNCEMENTS and any(map(is_erased, (said.get("to", ""), *ways))):
            said.pop("settings", None)
            said.pop("to", None)
            changed.append(event)
    Event.objects.bulk_update(changed, ["data"], batch_size=200)  # no cached page shows events


def _without_acts(data: dict[str, Any], bands: set[str], names: set[str]) -> dict[str, Any]:
    """Return an event's data without what it says about the acts `bands`, and without their `names`."""
    found = dict(data)
    if bands.intersection(found.get("bands", {})):
        found.pop("bands")  # what an undo would bring back
        found.pop("band", None)
    if found.get("band") in names:
        found.pop("band")
    if "undone" in found:
        found["data"] = _without_acts(found["data"], bands, names)
    return found


def _erase_from_admin_log(jam: Jam, people: list[Attendee], names: set[str]) -> None:
    """Remove names from the admin's audit log: the representation of a person, and messages that mention one."""
    kinds = ContentType.objects.get_for_models(Attendee, Entry, Jam)
    LogEntry.objects.filter(content_type=kinds[Attendee], object_id__in=[str(person.pk) for person in people]).update(
        object_repr=SOMEBODY, change_message=""
    )  # no cached page shows the admin's log
    spellings = {*names, *(json.dumps(name)[1:-1] for name in names)}  # messages are JSON
    entries = Entry.objects.filter(jam=jam).values_list("pk", flat=True)
    for kind, pks in ((kinds[Entry], list(entries)), (kinds[Jam], [jam.pk])):
        for line in LogEntry.objects.filter(content_type=kind, object_id__in=[str(pk) for pk in pks]):
            if any(name in line.change_message for name in spellings):
                line.change_message = ""
                line.save(update_fields=["change_message"])


def _collect_names(events: Iterable[Event]) -> set[str]:
    """Return the names of people that `events` contain."""
    found = {event.data.get("name", "") for event in events}
    renames = [event.data for event in events if event.verb in RENAMES]
    return (found | {data.get(way, "") for data in renames for way in ("from", "to")}) - {""}


def _replace_names_in_events(jam: Jam, names: dict[str, str]) -> None:
    """Replace names in the events of the jam."""
    changed = []
    for event in Event.objects.filter(jam=jam).order_by("pk"):
        data = _replace_names(event.verb, event.data, names)
        if data != event.data:
            event.data = data
            changed.append(event)
    Event.objects.bulk_update(changed, ["data"], batch_size=200)  # no cached page shows events


def _replace_names(verb: str, data: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """Return `data` with names replaced, but only in the fields that hold names.

    A guest may be called "queued" or "everyone". The stored state of songs and settings must not change, or the host
    could no longer undo the event.
    """
    found = dict(data)
    whose = ("name", *(("from", "to") if verb in RENAMES else ()))
    if any(found.get(key) in names for key in whose):
        found.pop("taken", None)  # what an undo would bring back
    for key in (*whose, "by"):
        if key in found:
            found[key] = names.get(found[key], found[key])
    if any(name in found.get("band", "") for name in names):
        found.pop("band")
    if "undone" in found:
        found["data"] = _replace_names(found["undone"], found["data"], names)
    return found
