"""A list of songs as a CSV file: how it is read, and how it is written. Its columns are `songs.fields.IMPORTABLE`."""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.exceptions import Invalid
from core.spreadsheets import escape_formula, unescape_formula
from core.text import clean_text, list_words
from songs.cells import decode, guess_encoding, name_pitch, split_lines
from songs.fields import IMPORTABLE, SongField
from songs.models import Song


def _fold_header(name: str) -> str:
    return " ".join(list_words(name))


HEADERS = {
    _fold_header(header): field.name for field in IMPORTABLE.values() for header in (field.name, *field.csv_aliases)
}
WEAK_HEADERS = {
    "name": "title",
    "nombre": "title",
    "nom": "title",
    "author": "artist",
    "auteur": "artist",
    "autor": "artist",
}  # if no other column is it
MODE = "mode"  # the name of the cell beside a key that is a number
HEADERS[MODE] = MODE
FIELDS = (*IMPORTABLE, MODE)
REQUIRED = {field.name for field in IMPORTABLE.values() if field.identifies}
EXCESS = "excess"  # the name of the cells that are beyond the last column
UNREADABLE = "unreadable"  # the name of the only cell of a line whose quotation marks do not match
DELIMITERS = ",;\t|"
MAX_LINES_ABOVE = 20  # before the header: a title, empty lines
MAX_LINES_IN_ROW = 50  # more mean that a quotation mark is missing
MAX_CELL = 5_000_000
SAMPLES, SAMPLE_LENGTH = 3, 60  # rows and characters
_SEPARATOR_LINE = re.compile(r'"?sep=([^\w\s"]|\t)"?[\s,;|]*', re.IGNORECASE)  # written by Excel
_TEXT_AS_FORMULA = re.compile(r'="([^"]*)"')  # ="007": so that a spreadsheet keeps the zeros
_BLANK_BEHIND_QUOTE = re.compile(r'" +(?=[,;\t|]|$)')

csv.field_size_limit(MAX_CELL)


@dataclass(frozen=True)
class Column:
    """A column of a file: what its first cell says, some cells below, and the field that it holds, "" for none."""

    name: str
    samples: list[str]
    field: str


@dataclass(frozen=True)
class Reading:
    """How a file is to be read: the field of each column, and whether the first line holds their names."""

    fields: list[str]
    has_names: bool = True


@dataclass(frozen=True)
class _Table:
    """Where the table in a file begins, with the field of each column as far as their names are known."""

    start: int  # index of its first line
    delimiter: str
    fields: list[str]


def read_songs(
    content: bytes, encoding: str = "", reading: Reading | None = None
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the line number of each row with its cells by field.

    Columns can be in any order, separated by commas, semicolons, tabs or vertical bars, and be named in several
    languages, or be assigned by a `reading`; others are ignored, and so is what is above their names. A line whose
    quotation marks do not match has the cell UNREADABLE, and the next line is read on its own. Without an `encoding` it
    is guessed. Raises Invalid, before the first row, if the file is not in that encoding or has no title and artist.
    """
    lines = _split_lines(content, encoding)
    table = _find_table(lines)
    fields, has_names = (reading.fields, reading.has_names) if reading else (table.fields, True)
    fields = [*fields, *("" for _name in table.fields[len(fields) :])]
    if not {*fields} >= REQUIRED:
        raise Invalid(_("The file needs the columns title and artist."))
    rows = _read_rows(lines, table.start, table.delimiter)
    if has_names:
        next(rows, None)
    for line, row in rows:
        if row is None:
            yield line, {UNREADABLE: lines[line - 1]}
        elif any(map(str.strip, row)):
            cells = dict(zip(fields, map(_read_cell, row), strict=False))
            yield line, {**cells, EXCESS: "".join(row[len(fields) :]).strip()}


def _read_cell(cell: str) -> str:
    return found[1] if (found := _TEXT_AS_FORMULA.fullmatch(cell)) else unescape_formula(cell)


def list_columns(content: bytes, encoding: str) -> list[Column]:
    """Return the columns of a file, so that somebody can assign those whose names are not known.

    Raises Invalid if the file is not in that encoding or has fewer than two columns.
    """
    lines = _split_lines(content, encoding)
    table = _find_table(lines)
    rows = [row for _line, row in islice(_read_rows(lines, table.start, table.delimiter), SAMPLES + 1) if row]
    if not rows or min(len(rows[0]), len(table.fields)) < len(REQUIRED):
        raise Invalid(_("The file needs the columns title and artist."))
    return [
        Column(clean_text(name), [clean_text(row[at])[:SAMPLE_LENGTH] for row in rows[1:] if at < len(row)], field)
        for at, (name, field) in enumerate(zip(rows[0], table.fields, strict=True))
    ]


def _split_lines(content: bytes, encoding: str) -> list[str]:
    text = decode(content, encoding or guess_encoding(content))
    if text is None:
        raise Invalid(_("The file isn't in this encoding. Choose another one."))
    return split_lines(text)


def _find_table(lines: list[str]) -> _Table:
    """Return the table that begins with known names, or else with the first line, cut where it has most cells."""
    said = _SEPARATOR_LINE.fullmatch(lines[0])
    says_delimiter = said is not None
    delimiters = said[1] if said else DELIMITERS
    for start in range(min(len(lines), MAX_LINES_ABOVE)):
        for delimiter in delimiters:
            fields = _name_fields(_read_first_row(lines, start, delimiter))
            if {*fields} >= REQUIRED:
                return _Table(start, delimiter, fields)
    start = next((at for at, line in enumerate(lines) if line.strip() and at >= says_delimiter), 0)
    delimiter = max(delimiters, key=lambda sign: len(_read_first_row(lines, start, sign)))
    return _Table(start, delimiter, _name_fields(_read_first_row(lines, start, delimiter)))


def _read_first_row(lines: list[str], start: int, delimiter: str) -> list[str]:
    _line, row = next(_read_rows(lines, start, delimiter), (0, None))
    return row or []


def _name_fields(row: list[str]) -> list[str]:
    words = [_fold_header(name) for name in row]
    known = [HEADERS.get(name, "") for name in words]
    weak = [WEAK_HEADERS.get(name, "") for name in words]
    names = [name or ("" if maybe in known else maybe) for name, maybe in zip(known, weak, strict=True)]
    return [name if name not in names[:at] else "" for at, name in enumerate(names)]


def _read_rows(lines: list[str], start: int, delimiter: str) -> Iterator[tuple[int, list[str] | None]]:
    """Yield each row from the line `start` with the number of its last line; None for one that cannot be read."""
    while start < len(lines):
        row, taken = _read_row(lines[start : start + MAX_LINES_IN_ROW], delimiter)
        if row is None:  # as other programs write quotation marks
            mended = _BLANK_BEHIND_QUOTE.sub('"', lines[start].replace('\\"', '""'))
            row, taken = _read_row([mended], delimiter) if mended != lines[start] else (None, 1)
        start += taken
        yield start, row


def _read_row(lines: list[str], delimiter: str) -> tuple[list[str] | None, int]:
    """Return the cells of the first row and how many lines it takes; None, and one line, if it cannot be read."""
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=delimiter, skipinitialspace=True, strict=True)
    try:
        return next(reader), reader.line_num
    except csv.Error:
        return None, 1


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
        value = _parse(field, text) if text or field.identifies else None
        if field.identifies or value not in (None, ""):  # what says nothing leaves what is there
            values[field.name] = value
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
