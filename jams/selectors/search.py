"""Full-text search for jams by name and venue; tolerates word order, prefixes and typos."""

from django.utils import timezone

from core.fulltext.index import TextIndex
from jams.models import Jam, JamQuerySet
from venues.models import Venue

INDEX = TextIndex(Jam)
POPULAR = ("-starts_at", "-pk")


def find_jams(text: str, *, among: JamQuerySet) -> list[Jam]:
    """Return the jams in `among` that match `text`, best match first, then latest first."""
    return INDEX.find(among, text, popular=POPULAR)


def filter_jams(jams: JamQuerySet, text: str) -> JamQuerySet:
    """Return those of `jams` that match `text`, in their own order; all of them if it is empty."""
    return INDEX.filter(jams, text, popular=POPULAR)


def update_search_words(venue: Venue) -> None:
    """Update the search index of the jams at `venue` with its name and address, and let calendars look again."""
    words = Jam._meta.get_field("words")
    jams = venue.jams.only("name", "words", "venue").order_by("pk")
    changed = [jam for jam in jams if jam.words != words.pre_save(jam, add=False)]
    Jam.objects.bulk_update(changed, ["words"], batch_size=500)  # no page shows `words`
    venue.jams.update(revised_at=timezone.now())  # the signal of the venue renews the pages
