"""Songs from a CSV file: what would come of it, and then all of it or nothing."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import batched
from typing import Any

from django.contrib.admin.utils import label_for_field
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core.exceptions import Conflict
from core.signals import list_changed, send_on_commit
from songs import parts
from songs.models import ChordState, Song, match_key
from songs.services.imports import csv_format

MERGED = ("key", "tempo", "parts", "chord_url", "chord_state")
BATCH = 500


@dataclass(frozen=True)
class RowError:
    """A line of the file that cannot be taken; the header is line 1."""

    line: int
    reason: str


@dataclass(frozen=True)
class PlannedRow:
    """A line of the file that can be taken; `before` holds what it changes of a song that is in the library."""

    line: int
    song: Song
    before: dict[str, Any] = field(default_factory=dict)


@dataclass
class Plan:
    """What an import would do; `same` counts the songs that are in the library just so."""

    added: list[PlannedRow] = field(default_factory=list)
    merged: list[PlannedRow] = field(default_factory=list)
    faults: list[RowError] = field(default_factory=list)
    same: int = 0


def plan_import(content: bytes, *, tell: Callable[[int], None] = lambda line: None) -> Plan:
    """Return what would come of a file; `tell` hears now and then up to which line it was read.

    What the file tells of a song that the library has is merged into it; what it leaves empty stays. Raises Invalid
    for what is no list of songs (see `songs.services.imports.csv_format.read_songs`).
    """
    found = Plan()
    rows: dict[str, tuple[int, dict[str, Any]]] = {}
    for number, (line, cells) in enumerate(csv_format.read_songs(content)):
        _take(found, rows, line, cells)
        if number % BATCH == 0:
            tell(line)
    there = _there(rows)
    for key, (line, values) in rows.items():
        _place(found, there.get(key), line, values)
    return found


@transaction.atomic
def execute_plan(planned: Plan, *, tell: Callable[[int], None] = lambda rows: None) -> None:
    """Do what was planned; `tell` hears now and then how many rows are written.

    Raises Conflict when there is a fault in it, for then nothing is done.
    """
    if planned.faults:
        raise Conflict(_("Nothing was imported. Fix the lines with errors first."))
    written = 0
    for rows in batched(planned.added, BATCH):
        Song.objects.bulk_create([row.song for row in rows])
        tell(written := written + len(rows))
    for rows in batched(planned.merged, BATCH):
        Song.objects.bulk_update([row.song for row in rows], MERGED)
        tell(written := written + len(rows))
    send_on_commit(list_changed, what="songs")  # bulk writes send no signals


def _take(found: Plan, rows: dict[str, tuple[int, dict[str, Any]]], line: int, cells: dict[str, str]) -> None:
    try:
        values = csv_format.song_of(cells)
    except ValidationError as error:
        found.faults.append(RowError(line, _reason(error)))
        return
    key = match_key(title=values["title"], artist=values["artist"])
    if key in rows:
        found.faults.append(RowError(line, _("Line %(line)d has the same song.") % {"line": rows[key][0]}))
    else:
        rows[key] = line, values


def _reason(error: ValidationError) -> str:
    """Return what is wrong, field by field, in words."""
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    told = error.message_dict.items()
    return " ".join(f"{label_for_field(name, Song)}: {' '.join(dict.fromkeys(said))}" for name, said in told)


def _there(rows: Iterable[str]) -> dict[str, Song]:
    """Return the songs that the library has of these, by their match_key."""
    found = (Song.objects.filter(match_key__in=keys).order_by("pk") for keys in batched(rows, BATCH))
    return {song.match_key or "": song for songs in found for song in songs}


def _place(found: Plan, song: Song | None, line: int, values: dict[str, Any]) -> None:
    if song is None:
        found.added.append(PlannedRow(line, Song(**values)))
        return
    changes = {name: values[name] for name in MERGED if name in values and _differs(name, values[name], song)}
    if not changes:
        found.same += 1
        return
    before = {name: getattr(song, name) for name in changes}
    if "chord_url" in changes:
        changes["chord_state"] = ChordState.UNKNOWN
    for name, value in changes.items():
        setattr(song, name, value)
    found.merged.append(PlannedRow(line, song, before))


def _differs(name: str, value: Any, song: Song) -> bool:
    """Whether `value` is another one than that of `song`; parts may leave out what goes without saying."""
    has = getattr(song, name)
    return parts.format_parts(value) != parts.format_parts(has) if name == "parts" else bool(value != has)
