"""Songs of the library that somebody wants to put on a jam's set list."""

from typing import Any

from django.utils.translation import gettext_lazy

from jams.models import Entry, EntryStatus, Jam
from songs.models import Song
from songs.selectors.search import find_songs

MAX_FOUND = 8
OBSTACLES: dict[str, Any] = {
    EntryStatus.SUGGESTED: gettext_lazy("waiting for approval"),
    EntryStatus.PLAYING: gettext_lazy("on stage now"),
    EntryStatus.PLAYED: gettext_lazy("played tonight"),
    EntryStatus.HIDDEN: gettext_lazy("not tonight"),
    EntryStatus.SKIPPED: gettext_lazy("not tonight"),
}


def find_songs_for_jam(jam: Jam, words: str) -> list[dict[str, Any]]:
    """Return the library songs that match `words`, best match first.

    Each comes with its status on the set list of `jam` and, if it can't get votes, the reason in words.
    """
    songs = find_songs(words, among=Song.objects.current().without_chords())[:MAX_FOUND]
    listed = dict(Entry.objects.filter(jam=jam, song__in=songs).values_list("song", "status"))
    statuses = {song: listed.get(song.pk, "") for song in songs}
    return [{"song": song, "status": status, "obstacle": OBSTACLES.get(status)} for song, status in statuses.items()]
