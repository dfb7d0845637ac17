"""Adding venues, and changing them."""

from typing import Any

from core.validation import validate_and_save
from venues.models import Venue


def add_venue(**values: Any) -> Venue:
    """Return the new venue. Raises ValidationError, also for one that is there."""
    venue = Venue()
    validate_and_save(venue, values)
    return venue


def change_venue(*, venue: Venue, **values: Any) -> None:
    """Give `venue` these values; its slug stays, for it is in links. Raises ValidationError."""
    validate_and_save(venue, values)
