"""Put many songs on a set list at once: from the library, from another night, or from a pasted list."""

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from core.exceptions import Conflict, Invalid, NotFound
from core.signals import jam_changed, list_changed, send_on_commit
from jams.models import Entry, EntryStatus, Event, Jam
from jams.services.entry_transitions import lock_open_jam
from jams.services.event_log import Verb, record_event
from songs.models import Song
from songs.services.pasted_songs import PastedSong, add_missing_songs

MAX_SONGS = 200  # at a time
MAX_SET_LIST = 500  # songs of a jam

#: The songs of a night that the next one gets: what was played, and what was meant to be.
REPEATED = (*Entry.LISTED, EntryStatus.SKIPPED)


@transaction.atomic
def add_songs(
    *, jam: Jam, songs: Collection[int] = (), pasted: Collection[PastedSong] = (), user: User, now: datetime
) -> Event | None:
    """Put the songs with these ids and those of a pasted list in the queue of `jam`.

    Return the event, or None if the jam has them all already, whatever their status there. What is missing in the
    library is added to it. Raises Invalid for too many songs at once, NotFound for an id that is not in the library,
    and Conflict when the jam has ended or its set list is full.
    """
    if len(songs) + len(pasted) > MAX_SONGS:
        raise Invalid(_("Add up to %(n)s songs at a time.") % {"n": MAX_SONGS})
    jam = lock_open_jam(jam)
    if Song.objects.current().filter(pk__in=songs).count() != len(set(songs)):
        raise NotFound(_("One of these songs is no longer in the library."))
    found = add_missing_songs(pasted)
    added = add_entries(jam, [*songs, *found.ids], now)
    if not added:
        return None
    return record_event(
        jam=jam, verb=Verb.ADD_SONGS, now=now, user=user, n=len(added), entries=added, songs=found.added
    )


def copy_set_list(*, source: Jam, to: Jam, now: datetime) -> int:
    """Put the songs of `source` in the queue of `to`, except hidden ones and suggestions; return how many are new."""
    songs = source.entries.filter(status__in=REPEATED, song__archived=False).order_by("pk")
    return len(add_entries(to, list(songs.values_list("song", flat=True)[:MAX_SET_LIST]), now))


def add_entries(jam: Jam, songs: list[int], now: datetime) -> list[int]:
    """Add entries for those of `songs` that `jam` does not have; return their ids."""
    known = set(jam.entries.values_list("song", flat=True))
    new = [song for song in dict.fromkeys(songs) if song not in known]
    if len(known) + len(new) > MAX_SET_LIST:
        raise Conflict(_("A set list can have up to %(n)s songs.") % {"n": MAX_SET_LIST})
    entries = [Entry(jam=jam, song_id=song, created_at=now) for song in new]
    Entry.objects.bulk_create(entries, ignore_conflicts=True)  # a guest may suggest the same song just now
    send_on_commit(list_changed, what="jams")  # bulk writes send no signals
    send_on_commit(jam_changed, slug=jam.slug, what="entry")
    mine = jam.entries.filter(song__in=new, created_at=now, suggested_by=None)
    return list(mine.order_by("pk").values_list("pk", flat=True))
