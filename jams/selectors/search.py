"""Finding jams by words of their name and of where they are: in any order, begun or mistyped."""

from core.fulltext.index import TextIndex
from jams.models import Jam, JamQuerySet
from venues.models import Venue

INDEX = TextIndex(Jam)


def find_jams(text: str, *, among: JamQuerySet) -> list[Jam]:
    """Return the jams of `among` that `text` may mean, the likeliest and then the latest first."""
    return INDEX.find(among, text, popular=("-starts_at", "-pk"))


def follow(venue: Venue) -> None:
    """Let the jams at `venue` be found by what it is called now, and by its address."""
    words = Jam._meta.get_field("words")
    jams = venue.jams.only("name", "words", "venue").order_by("pk")
    changed = [jam for jam in jams if jam.words != words.pre_save(jam, add=False)]
    Jam.objects.bulk_update(changed, ["words"], batch_size=500)  # no page shows them
