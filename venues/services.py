"""Adding and changing venues."""

from typing import Any

from core.validation import validate_and_save
from venues.models import Venue


def add_venue(**values: Any) -> Venue:
    """Return the new venue. Raises ValidationError, also when its name or slug is taken."""
    venue = Venue()
    validate_and_save(venue, values)
    return venue


def change_venue(*, venue: Venue, **values: Any) -> None:
    """Set these fields of `venue`. Its slug never changes, because links contain it. Raises ValidationError."""
    validate_and_save(venue, values)
