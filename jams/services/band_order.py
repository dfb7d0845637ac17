"""The running order of bands and acts: moved by a host, drawn by lot, or by the slots that acts ask for.

Bands in the running order are numbered from 1, those that have played included. An act may ask for a number that nobody
has; the others have the lowest numbers that are left, in their order. So a slot pushes nobody back who is in already.
"""

import random
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from itertools import count
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from core.exceptions import Conflict, Invalid
from jams.models import Band, BandStatus, Card, Event, Jam
from jams.services.band_records import get_upcoming_band, name_band, save_band
from jams.services.entry_transitions import lock_open_jam
from jams.services.event_log import Verb, record_event

MAX_SEED = 2**31 - 1
MAX_SLOT = 999


@transaction.atomic
def order_band(*, jam: Jam, band: int, place: int, user: User, now: datetime) -> Event | None:
    """Move a band to `place` in the running order, counted from 1, among those with the same status.

    Return the event, or None if it is there already. Raises NotFound when the band is not at `jam`, and Conflict when
    it has been on stage.
    """
    jam = lock_open_jam(jam)
    found = get_upcoming_band(jam, band)
    order = list(jam.bands.filter(status=found.status).order_by("place", "pk"))
    wanted = [other for other in order if other != found]
    wanted.insert(max(place, 1) - 1, found)
    if wanted == order:
        return None
    changes = _save_order(jam, wanted)
    return record_event(jam=jam, verb=Verb.ORDER_BAND, now=now, user=user, band=name_band(found), bands=changes)


@transaction.atomic
def shuffle_bands(*, jam: Jam, seed: int | None = None, user: User, now: datetime) -> Event | None:
    """Draw lots for the order of the bands that have not been called; return the event, or None if there is no choice.

    Acts that have asked for a slot stay where they are. Those with somebody who did not get to play last time, as far
    as the series remembers, come before the others.

    The event tells the seed: the same seed gives the same order of the same bands, so that a draw can be checked.
    Raises Invalid for a seed that is out of range.
    """
    jam = lock_open_jam(jam)
    if seed is not None and not 0 <= seed <= MAX_SEED:
        raise Invalid(_("A seed is a number from 0 to %(most)d.") % {"most": MAX_SEED})
    order = list(jam.bands.filter(status=BandStatus.FORMING).order_by("place", "pk"))
    bands = sorted((band for band in order if band.slot is None), key=lambda band: band.pk)
    if len(bands) < 2:  # noqa: PLR2004  (there is no order of one)
        return None
    drawn = random.SystemRandom().randint(0, MAX_SEED) if seed is None else seed
    random.Random(drawn).shuffle(bands)  # noqa: S311  (a lottery that anybody can repeat)
    earlier = _find_earlier(bands)
    lots = iter(sorted(bands, key=lambda band: band.pk not in earlier))
    changes = _save_order(jam, [next(lots) if band.slot is None else band for band in order])
    return record_event(jam=jam, verb=Verb.SHUFFLE_BANDS, now=now, user=user, n=len(bands), seed=drawn, bands=changes)


def take_slot(*, jam: Jam, band: Band, slot: int | None) -> None:
    """Put `band`, an upcoming act, in its slot; an act without a slot gets the first free number.

    `jam` must be locked. Raises Conflict for a slot that is over or taken.
    """
    order = list(jam.bands.filter(status=BandStatus.FORMING).order_by("place", "pk"))
    others = [other for other in order if other != band]
    done = jam.bands.exclude(status__in=(BandStatus.FORMING, BandStatus.DROPPED)).count()
    numbers = number_bands([other.slot for other in others], done=done)
    if slot is not None and (slot <= done or slot in numbers or slot > MAX_SLOT):
        raise Conflict(_("Slot %(n)d is taken. Choose another one.") % {"n": slot})
    if band.slot != slot:
        save_band(band, slot=slot)
    if band.status == BandStatus.FORMING:
        number = slot or next(number for number in count(done + 1) if number not in numbers)
        before = sum(other < number for other in numbers)
        wanted = [*others[:before], band, *others[before:]]
        if wanted != order:
            _save_order(jam, wanted)


def number_bands(slots: Sequence[int | None], *, done: int) -> list[int]:
    """Return the number of each upcoming band after `done` others, by the `slots` that they have asked for."""
    asked = {slot for slot in slots if slot is not None and slot > done}
    free = (number for number in count(done + 1) if number not in asked)
    return [slot if slot in asked else next(free) for slot in slots]


def _find_earlier(bands: Collection[Band]) -> set[int]:
    """Return the ids of those of `bands` in which somebody did not get to play last time, nor tonight."""
    cards = Card.objects.filter(missed_last=True, attendee__seats__band__in=bands)
    cards = cards.exclude(attendee__seats__band__status__in=Band.TURNS)
    return set(cards.values_list("attendee__seats__band", flat=True))


def _save_order(jam: Jam, wanted: Iterable[Band]) -> dict[str, Any]:
    """Give the bands places in this order; return the changes for the event."""
    changes = {}
    for place, band in enumerate(wanted, start=1):
        band.jam = jam
        changes[str(band.pk)] = {"before": {"place": band.place}, "after": {"place": place}}
        if band.place != place:
            save_band(band, place=place)
    return changes
