"""Reading the library of songs. Nothing here shows chord sheets: only the musicians of a jam see those."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core.exceptions import Invalid
from core.showable import keep_showable
from songs.models import Song, SongQuerySet
from songs.parts import describe_part
from songs.selectors.search import filter_songs

ORDERS = {
    "title": ("title_order", "artist_order", "pk"),
    "artist": ("artist_order", "title_order", "pk"),
    "plays": ("-times_played", "title_order", "pk"),
}
LONGEST_SEARCH = 100
HISTORY_LENGTH = 20
CHORDS = ("chord_url", "chord_state")  # of an entry


def list_songs(*, words: str, order: str) -> SongQuerySet:
    """Return the songs with all of `words`, in one of ORDERS. Raises Invalid for another order or a long search."""
    if order not in ORDERS:
        raise Invalid(_("Sort songs by title, artist or plays."))
    if len(words) > LONGEST_SEARCH:
        raise Invalid(_("Searches can have up to %(n)s characters.") % {"n": LONGEST_SEARCH})
    return filter_songs(Song.objects.current().without_chords(), words).order_by(*ORDERS[order])


def describe_line_up(song: Song) -> list[dict[str, Any]]:
    """Return each part in words, with its count, and whether the song works without it."""
    return [
        {"name": describe_part(need["part"], need.get("count", 1)), "optional": need.get("optional", False)}
        for need in song.parts
    ]


def list_plays(song: Song) -> Any:
    """Return the song's last HISTORY_LENGTH plays at jams, newest first."""
    plays = _at_jams(song).filter(finished_at__isnull=False).order_by("-finished_at", "-pk")
    return [play for play in plays[:HISTORY_LENGTH] if keep_showable([play.jam])]


def list_upcoming_jams(song: Song, now: datetime) -> list[Any]:
    """Return the jams that have not ended and still have the song to play, soonest first."""
    waiting = _at_jams(song).listed().filter(finished_at=None, jam__ends_at__gt=now)
    entries = waiting.order_by("jam__starts_at", "pk")[:HISTORY_LENGTH]
    return keep_showable(entry.jam for entry in entries if not entry.jam.is_over)


def _at_jams(song: Song) -> Any:
    return song.entries.select_related("jam__venue").defer(*CHORDS)
