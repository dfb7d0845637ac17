"""Finding jams by words of the name: in any order, begun or mistyped."""

from jams.models import Jam, JamQuerySet
from jamsite.textindex import TextIndex

INDEX = TextIndex(Jam)


def find_jams(text: str, *, among: JamQuerySet) -> list[Jam]:
    """Return the jams of `among` that `text` may mean, the likeliest and then the latest first."""
    return INDEX.find(among, text, popular=("-starts_at", "-pk"))
