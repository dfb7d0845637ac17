"""Template tags for the choice of an instrument."""

from collections.abc import Iterable
from itertools import chain

from django import template

from jams.models import Jam
from songs.selectors.instruments import InstrumentChoice, list_choices

register = template.Library()


@register.simple_tag
def list_instruments(jam: Jam, *also: Iterable[str]) -> InstrumentChoice:
    """Return what the forms of `jam` offer; the instruments in each of `also` are among those shown first."""
    return list_choices(jam.instrument_set, also=frozenset(chain.from_iterable(also)))
