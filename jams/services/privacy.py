"""Forgetting who was there; what was played, and how much it was wanted, stays."""

import json
import secrets
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from core.text import fold_text
from jams.models import Attendee, Entry, Event, Jam, JamStatus, MoveCode, Performance
from jams.services.membership import leave_musicians

SOMEBODY = "somebody"
RENAMES = ("rename", "rename_person")


def forget_old_jams(*, now: datetime) -> int:
    """Forget the names and the phones of all jams that ended KEEP_NAMES_DAYS ago or earlier; return how many."""
    old = Jam.objects.filter(
        status=JamStatus.ENDED, forgotten_at=None, ends_at__lt=now - timedelta(days=settings.KEEP_NAMES_DAYS)
    )
    return sum(_forget_jam(pk, now) for pk in old.order_by("ends_at", "pk").values_list("pk", flat=True))


@transaction.atomic
def forget_attendee(*, jam: Jam, attendee: Attendee, now: datetime) -> None:
    """Forget one person at `jam`, at their own request: name, phone and what they typed. Their sign-ups go.

    While the jam goes on their votes go, too: they would count beside those that the same phone gives as a newcomer.
    When it is over the votes stay, as nobody's. What they played stays, played by "Musician" and a number. A phone
    whose votes were removed stays one without votes: of that row the keyed hash of the phone is kept until the names
    of the jam are forgotten. This is final.
    """
    if not jam.is_over:
        leave_musicians(jam=jam, attendee=attendee, now=now)
        attendee.votes.all().delete()
    attendee = Attendee.objects.select_for_update(no_key=True).get(pk=attendee.pk)
    attendee.jam = jam
    names = {attendee.name, *_names_in(Event.objects.filter(attendee=attendee))} - {""}
    _anonymise(attendee, next(_free_pseudonyms(jam)), keep_phone=attendee.votes_void)
    attendee.save(update_fields=["name", "name_key", "plays", "browser"])  # its signal tells caches and open pages
    _forget_words([attendee])
    _forget_in_admin_log(jam, [attendee], names)
    _replace_names_in_events(jam, dict.fromkeys(names, attendee.name or SOMEBODY))


@transaction.atomic
def _forget_jam(pk: int, now: datetime) -> bool:
    """Forget all people of one jam, unless another process does so in the same moment."""
    jam = Jam.objects.select_for_update(no_key=True).filter(pk=pk, forgotten_at=None).first()
    if jam is None:
        return False
    people = list(Attendee.objects.filter(jam=jam).order_by("pk"))
    before = {person.pk: person.name for person in people}
    in_events = _names_in(Event.objects.filter(jam=jam))
    pseudonyms = _free_pseudonyms(jam)
    for person in people:
        _anonymise(person, next(pseudonyms) if person.name else "", keep_phone=False)
    Attendee.objects.bulk_update(people, ["name", "name_key", "plays", "browser"], batch_size=200)  # told of below
    MoveCode.objects.filter(attendee__jam=jam).delete()
    _forget_words(people)
    _forget_in_admin_log(jam, people, in_events | {*before.values()} - {""})
    known = {before[person.pk]: person.name for person in people if before[person.pk]}
    _replace_names_in_events(jam, {**dict.fromkeys(in_events, SOMEBODY), **known})
    jam.forgotten_at = now
    jam.save(update_fields=["forgotten_at"])  # its signal tells the caches
    return True


def _free_pseudonyms(jam: Jam) -> Iterator[str]:
    """Yield "Musician 1", "Musician 2" and so on, without those that somebody at `jam` is called.

    The number is not the row's: it says nothing about anybody.
    """
    taken = set(Attendee.objects.filter(jam=jam).exclude(name="").values_list("name_key", flat=True))
    names = (f"Musician {number}" for number in count(1))
    return (name for name in names if fold_text(name) not in taken)


def _anonymise(person: Attendee, pseudonym: str, *, keep_phone: bool) -> None:
    """Take the name and the phone from `person`. The new key of the phone is random, and not made from any cookie."""
    if not keep_phone:
        person.browser = secrets.token_hex(32)
    person.plays = []
    if person.name:
        person.name = pseudonym


def _forget_words(people: list[Attendee]) -> None:
    """Remove what people typed themselves: what "other" is that they play, and what their events hold of it."""
    Performance.objects.filter(attendee__in=people).exclude(other_part="").update(other_part="")  # told by the caller
    changed = []
    for event in Event.objects.filter(attendee__in=people).order_by("pk"):
        if event.data.get("words"):
            event.data["words"] = ""
            changed.append(event)
    Event.objects.bulk_update(changed, ["data"], batch_size=200)  # no page that is kept shows events


def _forget_in_admin_log(jam: Jam, people: list[Attendee], names: set[str]) -> None:
    """Remove names from the admin's audit log: what it calls a person, and messages that mention one."""
    kinds = ContentType.objects.get_for_models(Attendee, Entry, Jam)
    LogEntry.objects.filter(content_type=kinds[Attendee], object_id__in=[str(person.pk) for person in people]).update(
        object_repr=SOMEBODY, change_message=""
    )  # no cached page shows the admin's log
    entries = Entry.objects.filter(jam=jam).values_list("pk", flat=True)
    for kind, pks in ((kinds[Entry], list(entries)), (kinds[Jam], [jam.pk])):
        for line in LogEntry.objects.filter(content_type=kind, object_id__in=[str(pk) for pk in pks]):
            if any(name in line.change_message or json.dumps(name)[1:-1] in line.change_message for name in names):
                line.change_message = ""
                line.save(update_fields=["change_message"])


def _names_in(events: Iterable[Event]) -> set[str]:
    """Return the names that people had, as the events keep them."""
    found = {event.data.get("name", "") for event in events}
    renames = [event.data for event in events if event.verb in RENAMES]
    return (found | {data.get(way, "") for data in renames for way in ("from", "to")}) - {""}


def _replace_names_in_events(jam: Jam, names: dict[str, str]) -> None:
    """Put other names into what is recorded of the jam."""
    changed = []
    for event in Event.objects.filter(jam=jam).order_by("pk"):
        data = _with_other_names(event.verb, event.data, names)
        if data != event.data:
            event.data = data
            changed.append(event)
    Event.objects.bulk_update(changed, ["data"], batch_size=200)  # no page that is kept shows events


def _with_other_names(verb: str, data: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """Return `data` with names replaced where a name stands, and nowhere else.

    A guest may be called "queued" or "everyone": what an event holds of songs and settings must stay as it is, or the
    host could not undo it.
    """
    found = dict(data)
    for key in ("name", "by", *(("from", "to") if verb in RENAMES else ())):
        if key in found:
            found[key] = names.get(found[key], found[key])
    if "undone" in found:
        found["data"] = _with_other_names(found["undone"], found["data"], names)
    return found
