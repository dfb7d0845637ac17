"""Finding venues by words from the name and address, in any order, with prefixes and typos."""

from core.fulltext.index import TextIndex
from venues.models import Venue, VenueQuerySet

INDEX = TextIndex(Venue)


def find_venues(text: str, *, among: VenueQuerySet) -> list[Venue]:
    """Return the venues of `among` that match `text`, best first."""
    return INDEX.find(among, text, popular=("name", "pk"))
