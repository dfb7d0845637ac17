"""The running order of bands and acts: moved by a host, or drawn by lot."""

import random
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from core.exceptions import Invalid
from jams.models import Band, BandStatus, Card, Event, Jam
from jams.services.band_records import get_upcoming_band, name_band, save_band
from jams.services.entry_transitions import lock_open_jam
from jams.services.event_log import Verb, record_event

MAX_SEED = 2**31 - 1


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

    Those with somebody who did not get to play last time, as far as the series remembers, come before the others.
    The event tells the seed: the same seed gives the same order of the same bands, so that a draw can be checked.
    Raises Invalid for a seed that is out of range.
    """
    jam = lock_open_jam(jam)
    if seed is not None and not 0 <= seed <= MAX_SEED:
        raise Invalid(_("A seed is a number from 0 to %(most)d.") % {"most": MAX_SEED})
    bands = sorted(jam.bands.filter(status=BandStatus.FORMING), key=lambda band: band.pk)
    if len(bands) < 2:  # noqa: PLR2004  (there is no order of one)
        return None
    drawn = random.SystemRandom().randint(0, MAX_SEED) if seed is None else seed
    random.Random(drawn).shuffle(bands)  # noqa: S311  (a lottery that anybody can repeat)
    earlier = _find_earlier(bands)
    changes = _save_order(jam, sorted(bands, key=lambda band: band.pk not in earlier))
    return record_event(jam=jam, verb=Verb.SHUFFLE_BANDS, now=now, user=user, n=len(bands), seed=drawn, bands=changes)


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
        save_band(band, place=place)
    return changes
