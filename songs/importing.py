"""Songs from a CSV file: what would come of it, and then all of it or nothing."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import batched
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from jamsite.events import emit, list_changed
from jamsite.refusal import Refused
from songs import parts
from songs.models import ChordState, Song, match_key

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
MERGED = ("key", "tempo", "parts", "chord_url", "chord_state")
BATCH = 500


@dataclass(frozen=True)
class Fault:
    """A line of the file that cannot be taken; the header is line 1."""

    line: int
    reason: str


@dataclass
class Plan:
    """What an import would do; `same` counts the songs that are in the library just so."""

    added: list[Song] = field(default_factory=list)
    merged: list[Song] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    same: int = 0


def plan(content: bytes) -> Plan:
    """Return what would come of a file. Columns may stand in any order, between commas, semicolons or tabs.

    What the file tells of a song that the library has is merged into it; what it leaves empty stays. Raises Refused
    (400) for what is not UTF-8 or has no title and artist.
    """
    found, seen = Plan(), {}
    rows: dict[str, dict[str, Any]] = {}
    for line, row in _rows(content):
        try:
            values = _values(row)
        except ValidationError as error:
            found.faults.append(Fault(line, " ".join(error.messages)))
            continue
        key = match_key(title=values["title"], artist=values["artist"])
        if key in rows:
            found.faults.append(Fault(line, _("The same song is on line %(line)d.") % {"line": seen[key]}))
        rows.setdefault(key, values)
        seen.setdefault(key, line)
    there = _there(rows)
    for key, values in rows.items():
        _place(found, there.get(key), values)
    return found


@transaction.atomic
def carry_out(planned: Plan) -> None:
    """Do what was planned; raises Refused (409) when there is a fault in it, for then nothing is done."""
    if planned.faults:
        raise Refused(_("Nothing was imported: correct the lines that cannot be taken."))
    Song.objects.bulk_create(planned.added, batch_size=BATCH)
    Song.objects.bulk_update(planned.merged, MERGED, batch_size=BATCH)
    emit(list_changed, what="songs")  # bulk writes send no signals


def export(songs: Iterable[Song], file: io.TextIOBase) -> None:
    """Write `songs` as a file that `plan` understands."""
    writer = csv.writer(file)
    writer.writerow(["title", "artist", "key", "tempo", "parts", "chord_url"])
    for song in songs:
        writer.writerow([song.title, song.artist, song.key, song.tempo, parts.spell(song.parts), song.chord_url])


def _rows(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(_("The file is not in UTF-8."), status=400) from None
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    names = [COLUMNS.get(name.strip().casefold(), "") for name in next(reader, [])]
    if not {"title", "artist"} <= {*names}:
        raise Refused(_("The file needs the columns title and artist."), status=400)
    for row in reader:
        if any(map(str.strip, row)):
            yield reader.line_num, dict(zip(names, row, strict=False))


def _values(row: dict[str, str]) -> dict[str, Any]:
    """Return the values of a song, tidied, without the empty ones; raises ValidationError."""
    told = {name: text.strip() for name, text in row.items() if name and text.strip()}
    values: dict[str, Any] = {**told, "title": told.get("title", ""), "artist": told.get("artist", "")}
    if "parts" in told:
        values["parts"] = parts.read(told["parts"])
    song = Song(**values)
    song.clean_fields()
    return {name: getattr(song, name) for name in values}


def _there(rows: Iterable[str]) -> dict[str, Song]:
    """Return the songs that the library has of these, by their match_key."""
    found = (Song.objects.filter(match_key__in=keys).order_by("pk") for keys in batched(rows, BATCH, strict=False))
    return {song.match_key or "": song for songs in found for song in songs}


def _place(found: Plan, song: Song | None, values: dict[str, Any]) -> None:
    if song is None:
        found.added.append(Song(**values))
        return
    changes = {name: values[name] for name in MERGED if name in values and values[name] != getattr(song, name)}
    if not changes:
        found.same += 1
        return
    if "chord_url" in changes:
        changes["chord_state"] = ChordState.UNKNOWN
    for name, value in changes.items():
        setattr(song, name, value)
    found.merged.append(song)
