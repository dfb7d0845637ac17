"""What a change of a venue, or of its team, means for its jams."""

from django.utils import timezone

from jams.models import Jam, Series
from venues.models import Membership, Venue

SHOWN = frozenset(("name", "address", "time_zone"))  # by a jam's entry in a calendar


def follow_venue(venue: Venue) -> None:
    """Update the search index of the jams at `venue` with its name and address, and let calendars look again."""
    words = Jam._meta.get_field("words")
    jams = venue.jams.only("name", "words", "venue").order_by("pk")
    changed = [jam for jam in jams if jam.words != words.pre_save(jam, add=False)]
    Jam.objects.bulk_update(changed, ["words"], batch_size=500)  # no page shows `words`
    venue.jams.update(revised_at=timezone.now())  # the signal of the venue renews the pages


def take_off_nights(member: Membership) -> None:
    """Take somebody who has left the team off the hosts of all nights and series at the venue."""
    for model in (Jam, Series):
        path = f"{model._meta.model_name}__venue"
        listed = model.hosts.through.objects.filter(**{path: member.venue_id}, user=member.user_id)
        listed.delete()  # lists of hosts, which no public page shows
