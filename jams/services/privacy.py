"""Forgetting who was there; what was played, and how much it was wanted, stays."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from core.signals import jam_changed, send_on_commit
from jams.models import Attendee, Event, Jam, JamStatus, MoveCode
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
    """Forget one person at `jam`, at their own wish: name and phone. Their sign-ups go, their votes count on.

    What they played stays, played by "Musician" and a number. It cannot be taken back.
    """
    if not jam.is_over:
        leave_musicians(jam=jam, attendee=attendee, now=now)
    attendee = Attendee.objects.select_for_update(no_key=True).get(pk=attendee.pk)
    attendee.jam = jam
    names = {attendee.name, *_names_in(Event.objects.filter(attendee=attendee))} - {""}
    _make_nobody(attendee)
    attendee.save(update_fields=["name", "name_key", "plays", "browser"])
    _scrub(jam, dict.fromkeys(names, attendee.name or SOMEBODY))
    send_on_commit(jam_changed, slug=jam.slug, what="attendee")


@transaction.atomic
def _forget_jam(pk: int, now: datetime) -> bool:
    """Forget all people of one jam, unless another process does so in the same moment."""
    jam = Jam.objects.select_for_update(no_key=True).filter(pk=pk, forgotten_at=None).first()
    if jam is None:
        return False
    people = list(Attendee.objects.filter(jam=jam).order_by("pk"))
    known = {person.name: _pseudonym(person) for person in people if person.name}
    unknown = dict.fromkeys(_names_in(Event.objects.filter(jam=jam)), SOMEBODY)
    for person in people:
        _make_nobody(person)
    Attendee.objects.bulk_update(people, ["name", "name_key", "plays", "browser"], batch_size=200)  # told of below
    MoveCode.objects.filter(attendee__jam=jam).delete()
    _scrub(jam, {**unknown, **known})
    jam.forgotten_at = now
    jam.save(update_fields=["forgotten_at"])  # its signal tells the caches
    return True


def _pseudonym(person: Attendee) -> str:
    return f"Musician {person.pk}"


def _make_nobody(person: Attendee) -> None:
    """No phone has this key: it is random, and not made from any cookie."""
    person.browser = secrets.token_hex(32)
    person.plays = []
    if person.name:
        person.name = _pseudonym(person)


def _names_in(events: Iterable[Event]) -> set[str]:
    """Return the names that people had, as the events keep them."""
    found = {event.data.get("name", "") for event in events}
    renames = [event.data for event in events if event.verb in RENAMES]
    return (found | {data.get(way, "") for data in renames for way in ("from", "to")}) - {""}


def _scrub(jam: Jam, names: dict[str, str]) -> None:
    """Put other names into what is written down of the jam."""
    changed = []
    for event in Event.objects.filter(jam=jam).order_by("pk"):
        data = _renamed(event.data, names)
        if data != event.data:
            event.data = data
            changed.append(event)
    Event.objects.bulk_update(changed, ["data"], batch_size=200)  # no page that is kept shows events


def _renamed(said: Any, names: dict[str, str]) -> Any:
    if isinstance(said, dict):
        return {key: value if key == "song" else _renamed(value, names) for key, value in said.items()}
    if isinstance(said, list):
        return [_renamed(value, names) for value in said]
    return names.get(said, said) if isinstance(said, str) else said
