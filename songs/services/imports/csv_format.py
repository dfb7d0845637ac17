"""A list of songs as a CSV file: how it is read, and how it is written. Its columns are `songs.fields.IMPORTABLE`."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.exceptions import Invalid
from core.spreadsheets import escape_formula, unescape_formula
from songs.fields import IMPORTABLE, SongField
from songs.models import Song

HEADERS = {header: field.name for field in IMPORTABLE.values() for header in (field.name, *field.csv_aliases)}
EXCESS = "excess"  # the name of the cells that are beyond the last column


def read_songs(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the line number of each row with its cells by field; the header is line 1 and is not yielded.

    Columns can be in any order, separated by commas, semicolons or tabs; unknown ones are ignored. Raises Invalid:
    before the first row if the file is not UTF-8 or has no title and artist, and later if it is not CSV.
    """
    text = _decode(content)
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        names = [HEADERS.get(name.strip().casefold(), "") for name in next(reader, [])]
        if not {field.name for field in IMPORTABLE.values() if field.identifies} <= {*names}:
            raise Invalid(_("The file needs the columns title and artist."))
        for row in reader:
            if any(map(str.strip, row)):
                cells = dict(zip(names, map(unescape_formula, row), strict=False))
                yield reader.line_num, {**cells, EXCESS: "".join(row[len(names) :]).strip()}
    except csv.Error:
        sentence = _("Line %(line)d can't be read. Is a quotation mark missing?")
        raise Invalid(sentence % {"line": reader.line_num}) from None


def parse_song(cells: dict[str, str]) -> dict[str, Any]:
    """Return the values of a song as the model stores them, without the empty ones. Raises ValidationError."""
    if cells.get(EXCESS):
        raise ValidationError(
            _("There are more cells than columns. Put quotation marks around text that contains a comma.")
        )
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


def _decode(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid(_("The file isn't in UTF-8. Save it as “CSV UTF-8”.")) from None


def _parse(field: SongField, text: str) -> Any:
    try:
        return field.parse(text)
    except ValidationError as error:
        raise ValidationError({field.name: error}) from None
