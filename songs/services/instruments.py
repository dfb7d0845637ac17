"""The rows of the instruments that the project ships."""

from typing import Any

from core.signals import list_changed, send_on_commit
from songs.instruments import get_english_name
from songs.models import Instrument
from songs.shipped_instruments import SHIPPED

STEP = 10  # room for other instruments in between


def create_shipped_instruments(using: str, **kwargs: Any) -> None:
    """Make the rows that are missing and leave the others as they are. Receives post_migrate."""
    Instrument.objects.using(using).bulk_create(
        (
            Instrument(
                slug=one.slug,
                name=get_english_name(one),
                family=one.family,
                transposition=one.transposition,
                sort_order=place * STEP,
            )
            for place, one in enumerate(SHIPPED, start=1)
        ),
        ignore_conflicts=True,
    )
    send_on_commit(list_changed, what="instruments")  # bulk writes send no signals
