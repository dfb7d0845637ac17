"""A list of songs as a CSV file: how it is read, and how it is written. Its columns are `songs.fields.IMPORTABLE`."""

import csv
import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.exceptions import Invalid
from core.spreadsheets import escape_formula, unescape_formula
from core.text import fold_text
from songs.cells import decode, guess_encoding, name_pitch
from songs.fields import IMPORTABLE, SongField
from songs.models import Song

HEADERS = {
    fold_text(header): field.name for field in IMPORTABLE.values() for header in (field.name, *field.csv_aliases)
}
MODE = "mode"  # the name of the cell beside a key that is a number
HEADERS[MODE] = MODE
REQUIRED = {field.name for field in IMPORTABLE.values() if field.identifies}
EXCESS = "excess"  # the name of the cells that are beyond the last column
UNREADABLE = "unreadable"  # the name of the only cell of a line whose quotation marks do not match
DELIMITERS = ",;\t|"
MAX_LINES_ABOVE = 20  # before the header: a title, empty lines
MAX_LINES_IN_ROW = 50  # more mean that a quotation mark is missing
MAX_CELL = 5_000_000

csv.field_size_limit(MAX_CELL)
_LINE_END = re.compile("\r\n|\r|\n")


def read_songs(content: bytes, encoding: str = "") -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the line number of each row with its cells by field.

    Columns can be in any order, separated by commas, semicolons, tabs or vertical bars, and be named in several
    languages; unknown ones are ignored, and so is what is above their names. A line whose quotation marks do not match
    has the cell UNREADABLE, and the next line is read on its own. Without an `encoding` it is guessed. Raises Invalid,
    before the first row, if the file is not in that encoding or has no title and artist.
    """
    text = decode(content, encoding or guess_encoding(content))
    if text is None:
        raise Invalid(_("The file isn't in this encoding. Choose another one."))
    lines = _LINE_END.split(text)
    start, delimiter, names = _find_header(lines)
    for line, row in _read_rows(lines, start, delimiter):
        if row is None:
            yield line, {UNREADABLE: lines[line - 1]}
        elif any(map(str.strip, row)):
            cells = dict(zip(names, map(unescape_formula, row), strict=False))
            yield line, {**cells, EXCESS: "".join(row[len(names) :]).strip()}


def _find_header(lines: list[str]) -> tuple[int, str, list[str]]:
    """Return the index of the line after the header, the delimiter, and the field of each column."""
    first = lines[0].strip().casefold() if lines else ""
    delimiters = first[4:5] if first.startswith("sep=") and first[4:] else DELIMITERS
    for start in range(min(len(lines), MAX_LINES_ABOVE)):
        for delimiter in delimiters:
            line, row = next(_read_rows(lines, start, delimiter), (0, None))
            names = [HEADERS.get(fold_text(name), "") for name in row or []]
            names = [name if name not in names[:at] else "" for at, name in enumerate(names)]
            if {*names} >= REQUIRED:
                return line, delimiter, names
    raise Invalid(_("The file needs the columns title and artist."))


def _read_rows(lines: list[str], start: int, delimiter: str) -> Iterator[tuple[int, list[str] | None]]:
    """Yield each row from the line `start` with the number of its last line; None for one that cannot be read."""
    while start < len(lines):
        taken = lines[start : start + MAX_LINES_IN_ROW]
        reader = csv.reader((f"{line}\n" for line in taken), delimiter=delimiter, skipinitialspace=True, strict=True)
        try:
            row = next(reader)
        except csv.Error:
            start += 1
            yield start, None
        else:
            start += reader.line_num
            yield start, row


def parse_song(cells: dict[str, str]) -> dict[str, Any]:
    """Return the values of a song as the model stores them, without the empty ones. Raises ValidationError."""
    if UNREADABLE in cells:
        raise ValidationError(_("This line can't be read. Is a quotation mark missing, or one too many?"))
    if cells.get(EXCESS):
        raise ValidationError(
            _("There are more cells than columns. Put quotation marks around text that contains a comma.")
        )
    if (mode := cells.get(MODE, "").strip()) in ("0", "1"):
        cells = {**cells, "key": name_pitch(cells.get("key", "").strip(), mode)}
    values: dict[str, Any] = {}
    for field in IMPORTABLE.values():
        text = cells.get(field.name, "").strip()
        if text or field.identifies:
            values[field.name] = _parse(field, text)
    song = Song(**values)
    song.clean_fields()
    return {name: getattr(song, name) for name in values}


def format_cells(song: Song) -> list[Any]:
    """Return the cells of a song, in the order of IMPORTABLE."""
    return [field.cell(song) for field in IMPORTABLE.values()]


def write_songs(songs: Iterable[Song], file: Any) -> None:
    """Write `songs` as a file that `read_songs` understands and that holds no formula for a spreadsheet."""
    writer = csv.writer(file)
    writer.writerow(IMPORTABLE)
    for song in songs:
        writer.writerow(map(escape_formula, format_cells(song)))


def write_sample(file: Any) -> None:
    """Write a file with one song, to show what one looks like."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(IMPORTABLE)
    writer.writerow(field.example for field in IMPORTABLE.values())


def _parse(field: SongField, text: str) -> Any:
    try:
        return field.parse(text)
    except ValidationError as error:
        raise ValidationError({field.name: error}) from None
