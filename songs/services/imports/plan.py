"""What importing a file would change in the library; and then changing it, all of it or nothing."""

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
from songs.fields import IMPORTABLE
from songs.models import ChordState, Song, match_key
from songs.services.imports import csv_format

MERGED = tuple(field.name for field in IMPORTABLE.values() if not field.identifies)
BATCH = 500
SHOWN = 100  # lines of each kind in a summary


@dataclass(frozen=True)
class RowError:
    """A line of the file that cannot be imported; the header is line 1."""

    line: int
    reason: str


@dataclass(frozen=True)
class PlannedRow:
    """A line of the file that can be imported; `before` holds the values that it changes of a song already there."""

    line: int
    song: Song
    before: dict[str, Any] = field(default_factory=dict)


@dataclass
class Plan:
    """What an import would do; `same` counts songs that it would not change, `repeated` lines with an earlier song."""

    added: list[PlannedRow] = field(default_factory=list)
    merged: list[PlannedRow] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    same: int = 0
    repeated: int = 0


def plan_import(
    content: bytes,
    *,
    encoding: str = "",
    reading: csv_format.Reading | None = None,
    report: Callable[[int], object] = lambda line: None,
) -> Plan:
    """Return what importing a file would do; `report` is called once a batch with the line reached.

    What the file says of a song in the library is merged into it; what it leaves empty stays. Raises Invalid if the
    file is no list of songs (see `csv_format.read_songs`). The first of several lines with the same song counts.
    """
    plan = Plan()
    rows: dict[str, tuple[int, dict[str, Any]]] = {}
    for number, (line, cells) in enumerate(csv_format.read_songs(content, encoding, reading)):
        try:
            values = csv_format.parse_song(cells)
        except ValidationError as error:
            plan.errors.append(RowError(line, explain_error(error)))
        else:
            first, _values = rows.setdefault(match_key(title=values["title"], artist=values["artist"]), (line, values))
            plan.repeated += first != line
        if number % BATCH == 0:
            report(line)
    known, named = find_known_songs(rows), set()
    for key, (line, values) in rows.items():
        song = known.get(key)
        if song and song.pk in named:  # by the name of a song that was merged into it
            plan.repeated += 1
            continue
        named.add(song and song.pk)
        _plan_row(plan, song, line, values)
    return plan


def summarise_plan(plan: Plan) -> dict[str, Any]:
    """Return the numbers of rows added, merged, unchanged and refused; the first SHOWN of them, and all refused."""
    return {
        "added": len(plan.added),
        "merged": len(plan.merged),
        "same": plan.same,
        "repeated": plan.repeated,
        "refused": len(plan.errors),
        "added_rows": [[row.line, str(row.song), _describe(row.song)] for row in plan.added[:SHOWN]],
        "merged_rows": [[row.line, str(row.song), _describe_changes(row)] for row in plan.merged[:SHOWN]],
        "refused_rows": [[error.line, error.reason] for error in plan.errors],
    }


@transaction.atomic
def execute_plan(plan: Plan, *, report: Callable[[int], object] = lambda rows: None) -> None:
    """Add and merge what was planned; `report` is called after each batch with the number of rows written.

    Raises Conflict, and writes nothing, if the plan has errors.
    """
    if plan.errors:
        raise Conflict(_("Nothing was imported. Fix the lines with errors first."))
    written = 0
    for rows in batched(plan.added, BATCH):
        Song.objects.bulk_create([row.song for row in rows])
        report(written := written + len(rows))
    for rows in batched(plan.merged, BATCH):
        Song.objects.bulk_update([row.song for row in rows], [*MERGED, "chord_state"])
        report(written := written + len(rows))
    send_on_commit(list_changed, what="songs")  # bulk writes send no signals


def explain_error(error: ValidationError) -> str:
    """Return what is wrong in one line, field by field."""
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    faults = error.message_dict.items()
    return " ".join(f"{label_for_field(name, Song)}: {' '.join(dict.fromkeys(said))}" for name, said in faults)


def find_known_songs(keys: Iterable[str]) -> dict[str, Song]:
    """Return the songs that are in the library already, by their match_key; of a merged one, the song that was kept."""
    named = Song.objects.select_related("merged_into").order_by("pk")
    found = (named.filter(match_key__in=batch) for batch in batched(keys, BATCH))
    return {song.match_key or "": song.resolved for songs in found for song in songs}


def _plan_row(plan: Plan, song: Song | None, line: int, values: dict[str, Any]) -> None:
    if song is None:
        plan.added.append(PlannedRow(line, Song(**values)))
        return
    changes = {name: values[name] for name in MERGED if name in values and _differs(song, name, values[name])}
    if not changes:
        plan.same += 1
        return
    before = {name: getattr(song, name) for name in changes}
    if "chord_url" in changes:
        changes["chord_state"] = ChordState.UNKNOWN
    for name, value in changes.items():
        setattr(song, name, value)
    plan.merged.append(PlannedRow(line, song, before))


def _differs(song: Song, name: str, value: Any) -> bool:
    """Compare as cells: two lists of parts may differ in defaults that one of them leaves out."""
    return bool(IMPORTABLE[name].format(value) != IMPORTABLE[name].cell(song))


def _describe(song: Song) -> str:
    return ", ".join(str(cell) for name in MERGED if (cell := IMPORTABLE[name].cell(song)))


def _describe_changes(row: PlannedRow) -> list[list[str]]:
    """Return each field that changes: its label, its value before and its value after."""
    changes = []
    for name, old in row.before.items():
        cells = IMPORTABLE[name].format(old), IMPORTABLE[name].cell(row.song)
        changes.append([str(label_for_field(name, Song)), *(str(cell or "") for cell in cells)])
    return changes
