"""Adding songs to the library, and changing them."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core.exceptions import Invalid
from core.text import clean_text, fold_text
from core.validation import validate_and_save
from songs.models import ChordState, Song

MAX_TITLE_LENGTH = 200


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


def get_or_create_song(title: str, artist: str) -> Song:
    """Return the song from the library, created if it isn't there; handles a concurrent insert.

    For a song that was merged, it is the one that was kept.
    Raises Invalid for a missing or overlong title or artist.
    """
    title, artist = _clean_title(title), _clean_title(artist)
    named = Song.objects.called(title=title, artist=artist)
    if found := named.select_related("merged_into").first():
        return found.resolved
    try:
        with transaction.atomic():
            return Song.objects.create(title=title, artist=artist)
    except IntegrityError:
        return named.get()


def _clean_title(words: str) -> str:
    words = clean_text(words)
    if not fold_text(words):
        raise Invalid(_("Enter a title and an artist."))
    if len(words) > MAX_TITLE_LENGTH:
        raise Invalid(_("Titles and artists can have up to %(n)s characters.") % {"n": MAX_TITLE_LENGTH})
    return words
