"""Finding venues by words of the name and the address: in any order, begun or mistyped."""

from core.fulltext.index import TextIndex
from venues.models import Venue, VenueQuerySet

INDEX = TextIndex(Venue)


def find_venues(text: str, *, among: VenueQuerySet) -> list[Venue]:
    """Return the venues of `among` that `text` may mean, the likeliest first."""
    return INDEX.find(among, text, popular=("name", "pk"))
