"""Finding venues by words from the name and address, in any order, with prefixes and typos."""

from core.fulltext.index import TextIndex
from venues.models import Venue, VenueQuerySet

INDEX = TextIndex(Venue)
POPULAR = ("name", "pk")


def find_venues(text: str, *, among: VenueQuerySet) -> list[Venue]:
    """Return the venues of `among` that match `text`, best first."""
    return INDEX.find(among, text, popular=POPULAR)


def filter_venues(venues: VenueQuerySet, text: str) -> VenueQuerySet:
    """Return those of `venues` that match `text`, in their own order; all of them if it is empty."""
    return INDEX.filter(venues, text, popular=POPULAR)
