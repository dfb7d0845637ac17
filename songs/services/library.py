"""Adding songs to the library, and changing them."""

from typing import Any

from core.validation import validate_and_save
from songs.models import ChordState, Song


def add_song(**values: Any) -> Song:
    """Return the new song. Raises ValidationError, also for one that the library has."""
    song = Song()
    validate_and_save(song, values)
    return song


def change_song(*, song: Song, **values: Any) -> None:
    """Give `song` these values. Raises ValidationError. A new link to a chord sheet counts as not checked yet."""
    if values.get("chord_url", song.chord_url) != song.chord_url:
        values["chord_state"] = ChordState.UNKNOWN
    validate_and_save(song, values)
