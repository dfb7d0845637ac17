"""What a host sees while filling a set list."""

from dataclasses import dataclass
from datetime import datetime

from jams.models import Event, Jam
from jams.services.added_songs import REPEATED
from jams.services.event_log import Verb, describe_event
from jams.services.undo import can_be_undone
from songs.models import Song


@dataclass(frozen=True)
class Addition:
    """Songs that were just added, in words; `event` is the id that undoes it."""

    sentence: str
    event: int


def list_known_songs(jam: Jam) -> set[int]:
    """Return the ids of the songs that `jam` has, whatever their status there."""
    return set(jam.entries.values_list("song", flat=True))


def list_night_songs(night: Jam) -> list[Song]:
    """Return the songs of another night that can be repeated."""
    songs = Song.objects.current().without_chords()
    wanted = night.entries.filter(status__in=REPEATED).values("song")
    return list(songs.filter(pk__in=wanted).order_by("title_order", "artist_order", "pk"))


def find_undoable_addition(jam: Jam, *, now: datetime) -> Addition | None:
    """Return the latest addition of many songs to `jam`, if it can still be undone."""
    event = Event.objects.filter(jam=jam, verb=Verb.ADD_SONGS).select_related("user").order_by("-at", "-pk").first()
    if event is None or jam.is_over or not can_be_undone(event, now=now):
        return None
    return Addition(describe_event(event), event.pk)
