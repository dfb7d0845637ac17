"""A template tag for the empty places of bands and songs."""

from collections.abc import Mapping

from django import template

from jams.selectors.wanted import EmptyPlace, Target

register = template.Library()


@register.simple_tag
def list_empty(
    places: Mapping[Target, tuple[EmptyPlace, ...]], *, band: int | None = None, entry: int | None = None
) -> tuple[EmptyPlace, ...]:
    """Return the empty places of a band or a song."""
    return places.get(("band", band or 0)) or places.get(("entry", entry or 0)) or ()
