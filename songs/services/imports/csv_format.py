"""A list of songs as a CSV file: how it is read, and how it is written."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.exceptions import Invalid
from core.spreadsheets import escape_formula, unescape_formula
from songs import parts
from songs.models import Song

COLUMNS = {
    "title": "title",
    "artist": "artist",
    "key": "key",
    "tempo": "tempo",
    "bpm": "tempo",
    "parts": "parts",
    "chord_url": "chord_url",
    "chord link": "chord_url",
}
WRITTEN = ["title", "artist", "key", "tempo", "parts", "chord_url"]
BEYOND = "beyond"  # the name of what stands in cells that no column is for


def read_songs(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the number of each line with its cells; the header is line 1 and is not yielded.

    Columns may stand in any order, between commas, semicolons or tabs. Raises Invalid, before the first line,
    for what is not UTF-8 or has no title and artist, and later for what is no CSV.
    """
    text = _text(content)
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        names = [COLUMNS.get(name.strip().casefold(), "") for name in next(reader, [])]
        if not {"title", "artist"} <= {*names}:
            raise Invalid(_("The file needs the columns title and artist."))
        for row in reader:
            if any(map(str.strip, row)):
                yield reader.line_num, _cells(names, row)
    except csv.Error:
        sentence = _("Line %(line)d can't be read. Is a quotation mark missing?")
        raise Invalid(sentence % {"line": reader.line_num}) from None


def song_of(cells: dict[str, str]) -> dict[str, Any]:
    """Return the values of a song, tidied, without the empty ones; raises ValidationError."""
    if cells.get(BEYOND):
        raise ValidationError(
            _("There are more cells than columns. Put quotation marks around text that contains a comma.")
        )
    told = {name: text.strip() for name, text in cells.items() if name in WRITTEN and text.strip()}
    values: dict[str, Any] = {**told, "title": told.get("title", ""), "artist": told.get("artist", "")}
    if "parts" in told:
        values["parts"] = _parts(told["parts"])
    song = Song(**values)
    song.clean_fields()
    return {name: getattr(song, name) for name in values}


def cells_of(song: Song) -> list[Any]:
    """Return the cells of WRITTEN."""
    return [song.title, song.artist, song.key, song.tempo, parts.format_parts(song.parts), song.chord_url]


def write_songs(songs: Iterable[Song], file: Any) -> None:
    """Write `songs` as a file that `read` understands and that does nothing in a spreadsheet."""
    writer = csv.writer(file)
    writer.writerow(WRITTEN)
    for song in songs:
        writer.writerow(map(escape_formula, cells_of(song)))


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid(_("The file isn't in UTF-8. Save it as “CSV UTF-8”.")) from None


def _parts(words: str) -> list[dict[str, Any]]:
    try:
        return parts.parse_parts(words)
    except ValidationError as error:
        raise ValidationError({"parts": error}) from None


def _cells(names: list[str], row: list[str]) -> dict[str, str]:
    return {**dict(zip(names, map(unescape_formula, row), strict=False)), BEYOND: "".join(row[len(names) :]).strip()}
