"""What a change of a venue means for its jams."""

from django.utils import timezone

from jams.models import Jam
from venues.models import Venue

SHOWN = frozenset(("name", "address", "time_zone"))  # by a jam's entry in a calendar


def follow_venue(venue: Venue) -> None:
    """Update the search index of the jams at `venue` with its name and address, and let calendars look again."""
    words = Jam._meta.get_field("words")
    jams = venue.jams.only("name", "words", "venue").order_by("pk")
    changed = [jam for jam in jams if jam.words != words.pre_save(jam, add=False)]
    Jam.objects.bulk_update(changed, ["words"], batch_size=500)  # no page shows `words`
    venue.jams.update(revised_at=timezone.now())  # the signal of the venue renews the pages
