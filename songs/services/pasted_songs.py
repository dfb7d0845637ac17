"""A list of songs that somebody pastes: match the library, and add what is missing.

It has one "Title - Artist" per line, or is a table with a header, as the import takes it (`imports.csv_format`).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core.exceptions import Invalid
from core.signals import list_changed, send_on_commit
from core.text import clean_text
from songs.cells import split_lines
from songs.models import Song, match_key
from songs.services.imports.csv_format import parse_song, read_songs
from songs.services.imports.plan import explain_error, find_known_songs

MAX_LINES = 200
MAX_CHARACTERS = 60_000

_NUMBERING = re.compile(r"^(?:\d{1,3}[.):]|[-*•])\s+")
_SEPARATOR = re.compile(r"\s+[-\u2010-\u2015]+\s+|\s*;\s*")


@dataclass(frozen=True)
class Row:
    """A line of the list, and its cells by field; without `artist` if it has no dash."""

    line: int
    text: str
    cells: dict[str, str]


@dataclass(frozen=True)
class PastedSong:
    """A song of the list, with its values by field; `song` is the one in the library, None if it is missing there."""

    line: int
    key: str
    values: dict[str, Any]
    song: Song | None

    @property
    def title(self) -> str:
        return str(self.values["title"])

    @property
    def artist(self) -> str:
        return str(self.values["artist"])


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

    Empty lines are skipped, and so is numbering. A song of the library stays as it is, whatever a table says about it.
    Raises Invalid if there are too many lines, or none.
    """
    if len(text) > MAX_CHARACTERS:
        raise Invalid(_("That's too long. Paste up to %(n)s lines at a time.") % {"n": MAX_LINES})
    rows = _read_table(text) or _read_lines(text)
    if not rows:
        raise Invalid(_("Paste one song per line, like this: Valerie - Amy Winehouse"))
    if len(rows) > MAX_LINES:
        raise Invalid(_("That's too long. Paste up to %(n)s lines at a time.") % {"n": MAX_LINES})
    return _match_library(rows)


@transaction.atomic
def add_missing_songs(pasted: Iterable[PastedSong]) -> FoundSongs:
    """Return the songs of `pasted` from the library; those that are missing there are added to it."""
    keys = [line.key for line in pasted]
    known = find_known_songs(keys)
    missing = [Song(**line.values) for line in pasted if line.key not in known]
    if missing:
        Song.objects.bulk_create(missing, ignore_conflicts=True)  # somebody else may add the same song just now
        send_on_commit(list_changed, what="songs")  # bulk writes send no signals
    found = find_known_songs(keys)
    return FoundSongs([found[key].pk for key in keys], [found[key].pk for key in keys if key not in known])


def _read_table(text: str) -> list[Row]:
    """Return the rows of a table, none if the text is not one."""
    lines = split_lines(text)
    try:
        found = list(read_songs(text.encode(), "utf-8"))
    except Invalid:
        return []
    return [Row(number, lines[number - 1], {"artist": "", **cells}) for number, cells in found]


def _read_lines(text: str) -> list[Row]:
    """Return a row for each line that is not empty; a tab, which stands between the columns of a table, is a dash."""
    lines = (clean_text(line.strip().replace("\t", " - ")) for line in split_lines(text))
    return [Row(number, line, _split_line(line)) for number, line in enumerate(lines, start=1) if line]


def _match_library(rows: list[Row]) -> PastedList:
    found = PastedList()
    named: dict[str, tuple[Row, dict[str, Any]]] = {}
    for row in rows:
        if "artist" not in row.cells:
            found.problems.append(PastedProblem(row.line, row.text, _("Write a dash between title and artist.")))
            continue
        try:
            values = parse_song(row.cells)
        except ValidationError as error:
            found.problems.append(PastedProblem(row.line, row.text, explain_error(error)))
            continue
        key = match_key(title=values["title"], artist=values["artist"])
        found.repeated += key in named
        named.setdefault(key, (row, values))
    known, listed = find_known_songs(named), set()
    for key, (row, values) in named.items():
        song = known.get(key)
        if song and song.pk in listed:  # by the name of a song that was merged into it
            found.repeated += 1
            continue
        listed.add(song and song.pk)
        if song and song.archived:
            found.problems.append(PastedProblem(row.line, row.text, _("This song is no longer in the library.")))
        else:
            found.songs.append(PastedSong(row.line, key, values, song))
    return found


def _split_line(line: str) -> dict[str, str]:
    """Return title and artist; the last dash counts, for a title has one more often than an artist."""
    *title, artist = _SEPARATOR.split(_NUMBERING.sub("", line))
    return {"title": " - ".join(title), "artist": artist} if title and artist else {"title": line}
