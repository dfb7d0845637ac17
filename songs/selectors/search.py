"""Finding songs by words of their searched fields (`songs.fields`): in any order, begun or mistyped."""

from core.fulltext.index import TextIndex
from songs.models import Song, SongQuerySet

INDEX = TextIndex(Song)
POPULAR = ("-times_played", "title_order", "pk")


def find_songs(text: str, *, among: SongQuerySet) -> list[Song]:
    """Return the songs of `among` that `text` may mean, the likeliest first."""
    return INDEX.find(among, text, popular=POPULAR)


def filter_songs(songs: SongQuerySet, text: str) -> SongQuerySet:
    """Return those of `songs` that `text` may mean, in their own order; all of them if it is empty."""
    return INDEX.filter(songs, text, popular=POPULAR)
