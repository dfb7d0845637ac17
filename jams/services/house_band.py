"""The house band of a series: people who are at each of its nights, typed in by a host."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.exceptions import Conflict, Invalid
from core.text import fold_text
from jams.models import NAME_FIELDS, Jam
from jams.models.series import Standby
from jams.services.host_people import get_or_create_walk_up
from jams.services.membership import clean_name
from songs.parts import format_parts, parse_parts, validate_plays

MAX_PEOPLE = 20


def read_house_band(text: str) -> list[Standby]:
    """Return the people in lines such as "Kim: bass, vocals"; raises Invalid."""
    people: list[Standby] = []
    for line in filter(str.strip, text.splitlines()):
        name, _colon, plays = line.partition(":")
        try:
            people.append({"name": name, "plays": [part["part"] for part in parse_parts(plays)]})
        except ValidationError as error:
            raise Invalid(error.messages[0]) from None
    return clean_house_band(people)


def clean_house_band(people: Iterable[Standby]) -> list[Standby]:
    """Return `people` as they are stored; raises Invalid for one without a name or an instrument, or listed twice."""
    found: dict[str, Standby] = {}
    for one in people:
        try:
            validate_plays(one["plays"])
        except ValidationError as error:
            raise Invalid(error.messages[0]) from None
        if not one["plays"]:
            raise Invalid(_("Write one line for each person, such as “Kim: bass, vocals”."))
        name = clean_name(one["name"])
        if fold_text(name) in found:
            raise Invalid(_("%(name)s is listed twice.") % {"name": name})
        found[fold_text(name)] = {"name": name, "plays": one["plays"]}
    if len(found) > MAX_PEOPLE:
        raise Invalid(_("A band has up to %(n)s musicians.") % {"n": MAX_PEOPLE})
    return list(found.values())


def write_house_band(people: Iterable[Standby]) -> str:
    """Return what `read_house_band` understands."""
    lines = ((one["name"], format_parts([{"part": slug} for slug in one["plays"]])) for one in people)
    return "\n".join(f"{name}: {plays}" for name, plays in lines)


def add_house_band(*, night: Jam, people: Iterable[Standby], now: datetime) -> None:
    """Put `people` into the house band of `night`, except those who have joined by phone."""
    for one in people:
        with suppress(Conflict):
            attendee, _is_new = get_or_create_walk_up(night, one["name"], now)
            attendee.plays, attendee.in_house_band = one["plays"], True
            attendee.save(update_fields=["plays", "in_house_band"])


def change_house_band(*, night: Jam, before: Iterable[Standby], after: Iterable[Standby], now: datetime) -> None:
    """Do at `night` what a series has changed from `before` to `after`; what a host changed there alone stays.

    Whoever was in the house band of the series, and still is, is not put back where a host has taken them out, and gets
    other instruments only where a host has not changed them.
    """
    old, new = ({fold_text(one["name"]): one for one in people} for people in (before, after))
    remove_house_band(night=night, people=[one for key, one in old.items() if key not in new])
    add_house_band(night=night, people=[one for key, one in new.items() if key not in old], now=now)
    changed = [key for key in old.keys() & new.keys() if old[key] != new[key]]
    for attendee in night.attendees.filter(name_key__in=changed, browser=None, in_house_band=True):
        was, becomes = old[attendee.name_key or ""], new[attendee.name_key or ""]
        if attendee.name == was["name"]:
            attendee.name = becomes["name"]
        if attendee.plays == was["plays"]:
            attendee.plays = becomes["plays"]
        attendee.jam = night
        attendee.save(update_fields=[*NAME_FIELDS, "plays"])


def remove_house_band(*, night: Jam, people: Iterable[Standby]) -> None:
    """Take `people` off `night`, except those who have joined by phone, wait, or are in a band or a song."""
    names = [fold_text(one["name"]) for one in people]
    for attendee in filter_idle(night).filter(name_key__in=names):
        attendee.jam = night
        attendee.delete()


def filter_idle(night: Jam) -> Any:
    """Those in the house band of `night` who do nothing there yet: no phone, no wait, no band and no song."""
    typed = night.attendees.filter(browser=None, in_house_band=True)
    return typed.filter(waits_since=None, seats=None, performances=None)
