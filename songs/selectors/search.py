"""Finding songs by words of the title and the artist: in any order, begun or mistyped."""

from core.fulltext.index import TextIndex
from songs.models import Song, SongQuerySet

INDEX = TextIndex(Song)
POPULAR = ("-times_played", "title", "pk")


def find_songs(text: str, *, among: SongQuerySet) -> list[Song]:
    """Return the songs of `among` that `text` may mean, the likeliest first."""
    return INDEX.find(among, text, popular=POPULAR)
