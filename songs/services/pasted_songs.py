"""A list of songs that somebody pastes, one "Title - Artist" per line: match the library, and add what is missing."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core.exceptions import Invalid
from core.signals import list_changed, send_on_commit
from core.text import clean_text
from songs.models import Song, match_key
from songs.services.imports.csv_format import parse_song
from songs.services.imports.plan import explain_error, find_known_songs

MAX_LINES = 200
MAX_CHARACTERS = 20_000

_NUMBERING = re.compile(r"^(?:\d{1,3}[.):]|[-*•])\s+")
_SEPARATOR = re.compile(r"\s+[-\u2010-\u2015]+\s+|\s*;\s*")


@dataclass(frozen=True)
class PastedSong:
    """A song of the list; `song` is the one in the library, None if it is missing there."""

    line: int
    title: str
    artist: str
    key: str
    song: Song | None


@dataclass(frozen=True)
class PastedProblem:
    """A line that names no song, or one that can't be used."""

    line: int
    text: str
    reason: str


@dataclass
class PastedList:
    """What a pasted list holds. `repeated` counts the lines with a song that an earlier line has."""

    songs: list[PastedSong] = field(default_factory=list)
    problems: list[PastedProblem] = field(default_factory=list)
    repeated: int = 0

    @property
    def missing(self) -> list[PastedSong]:
        return [line for line in self.songs if line.song is None]


@dataclass(frozen=True)
class FoundSongs:
    """The ids of songs in the library, and which of them were missing there until now."""

    ids: list[int]
    added: list[int]


def read_pasted_songs(text: str) -> PastedList:
    """Return what `text` holds, with the songs of the library that have the same title and artist.

    Empty lines are skipped, and so is numbering. Raises Invalid if there are too many lines, or none.
    """
    if len(text) > MAX_CHARACTERS:
        raise Invalid(_("That's too long. Paste up to %(n)s lines at a time.") % {"n": MAX_LINES})
    lines = [(number, clean_text(line)) for number, line in enumerate(_split_lines(text), start=1)]
    lines = [(number, line) for number, line in lines if line]
    if not lines:
        raise Invalid(_("Paste one song per line, like this: Valerie - Amy Winehouse"))
    if len(lines) > MAX_LINES:
        raise Invalid(_("That's too long. Paste up to %(n)s lines at a time.") % {"n": MAX_LINES})
    return _match_library(lines)


@transaction.atomic
def add_missing_songs(pasted: Iterable[PastedSong]) -> FoundSongs:
    """Return the songs of `pasted` from the library; those that are missing there are added to it."""
    keys = [line.key for line in pasted]
    known = find_known_songs(keys)
    missing = [Song(title=line.title, artist=line.artist) for line in pasted if line.key not in known]
    if missing:
        Song.objects.bulk_create(missing, ignore_conflicts=True)  # somebody else may add the same song just now
        send_on_commit(list_changed, what="songs")  # bulk writes send no signals
    found = find_known_songs(keys)
    return FoundSongs([found[key].pk for key in keys], [found[key].pk for key in keys if key not in known])


def _split_lines(text: str) -> list[str]:
    """Return the lines; a tab, which stands between the columns of a table, is a dash."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [line.strip().replace("\t", " - ") for line in lines]


def _match_library(lines: list[tuple[int, str]]) -> PastedList:
    found, texts = PastedList(), dict(lines)
    named: dict[str, tuple[int, str, str]] = {}
    for number, line in lines:
        title, artist = _split_line(line)
        if not artist:
            found.problems.append(PastedProblem(number, line, _("Write a dash between title and artist.")))
            continue
        try:
            values = parse_song({"title": title, "artist": artist})
        except ValidationError as error:
            found.problems.append(PastedProblem(number, line, explain_error(error)))
            continue
        key = match_key(title=values["title"], artist=values["artist"])
        found.repeated += key in named
        named.setdefault(key, (number, values["title"], values["artist"]))
    known = find_known_songs(named)
    for key, (number, title, artist) in named.items():
        song = known.get(key)
        if song and song.archived:
            found.problems.append(PastedProblem(number, texts[number], _("This song is no longer in the library.")))
        else:
            found.songs.append(PastedSong(number, title, artist, key, song))
    return found


def _split_line(line: str) -> tuple[str, str]:
    """Return title and artist; the last dash counts, for a title has one more often than an artist."""
    parts = _SEPARATOR.split(_NUMBERING.sub("", line))
    return (" - ".join(parts[:-1]), parts[-1]) if len(parts) > 1 else (line, "")
