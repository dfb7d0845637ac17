"""Full-text search for jams by name and venue; tolerates word order, prefixes and typos."""

from core.fulltext.index import TextIndex
from jams.models import Jam, JamQuerySet

INDEX = TextIndex(Jam)
POPULAR = ("-starts_at", "-pk")


def find_jams(text: str, *, among: JamQuerySet) -> list[Jam]:
    """Return the jams in `among` that match `text`, best match first, then latest first."""
    return INDEX.find(among, text, popular=POPULAR)


def filter_jams(jams: JamQuerySet, text: str) -> JamQuerySet:
    """Return those of `jams` that match `text`, in their own order; all of them if it is empty."""
    return INDEX.filter(jams, text, popular=POPULAR)
