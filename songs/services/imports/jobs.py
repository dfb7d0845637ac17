"""What background jobs do with a file of songs that somebody sent: check it, import it, forget it."""

import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.contrib.admin.utils import label_for_field
from django.db import DatabaseError, connection, transaction
from django.db.models import F, Q
from django.tasks import task
from django.utils.translation import override

from songs import parts
from songs.models import ImportState, Song, SongImport
from songs.services.imports import csv_format
from songs.services.imports.plan import Plan, PlannedRow, execute_plan, plan_import

SHOWN = 100  # lines of each kind that are kept to be shown
KEPT = timedelta(days=1)
RESULT_KEPT = timedelta(days=30)


@task(priority=10)  # somebody waits for it
def check_import(pk: int) -> None:
    """Find out what importing a file would change."""
    sent = SongImport.objects.filter(pk=pk, state=ImportState.CHECKING).first()
    if sent:
        with override(sent.language):
            _check(sent)


@task(priority=10)
def run_import(pk: int) -> None:
    """Import a file, all of it or nothing; doing it again does nothing.

    Where the library has changed so that it cannot be taken any more it is only checked.
    """
    sent = SongImport.objects.filter(pk=pk, state=ImportState.IMPORTING).first()
    if sent is None:
        return
    with override(sent.language):
        planned = _check(sent, ImportState.IMPORTING)
        if planned.faults:
            _become(sent, ImportState.CHECKED)
            return
        read = sent.total - count_rows_to_write(sent.found)
        with transaction.atomic():
            execute_plan(planned, tell=lambda rows: _note_aside(sent, read + rows))
            _become(sent, ImportState.IMPORTED, content=b"", done=F("total"))


def delete_old_imports(*, now: datetime) -> int:
    """Forget files of more than a day ago, and of more than a month ago what came of them; return how many."""
    old = Q(created_at__lt=now - KEPT) & ~Q(state=ImportState.IMPORTED)
    return SongImport.objects.filter(old | Q(created_at__lt=now - RESULT_KEPT)).delete()[0]


def summarise_plan(planned: Plan) -> dict[str, Any]:
    """Return how many rows are added, merged, the same and refused, and the first SHOWN of each to look at."""
    counts: dict[str, Sequence[Any]] = {"added": planned.added, "merged": planned.merged, "refused": planned.faults}
    return {
        **{name: len(rows) for name, rows in counts.items()},
        "same": planned.same,
        "added_rows": [[row.line, str(row.song), _details(row.song)] for row in planned.added[:SHOWN]],
        "merged_rows": [[row.line, str(row.song), _changes(row)] for row in planned.merged[:SHOWN]],
        "refused_rows": [[fault.line, fault.reason] for fault in planned.faults[:SHOWN]],
    }


def count_rows_to_write(found: dict[str, Any]) -> int:
    """Return how many rows an import writes of which this is the `summary`."""
    return int(found["added"] + found["merged"])


def _check(sent: SongImport, state: ImportState = ImportState.CHECKED) -> Plan:
    planned = plan_import(zlib.decompress(sent.content), tell=_teller(sent))
    _become(sent, state, found=summarise_plan(planned))
    return planned


def _become(sent: SongImport, state: ImportState, **values: Any) -> None:
    SongImport.objects.filter(pk=sent.pk).update(state=state, **values)  # no page for everybody shows it


def _teller(sent: SongImport) -> Callable[[int], Any]:
    rows = SongImport.objects.filter(pk=sent.pk)
    return lambda line: rows.update(done=line)  # no page for everybody shows it


def _note_aside(sent: SongImport, done: int) -> None:
    """Note how far it is while the songs are not committed: by a connection of its own, or nobody would see it.

    SQLite has one writer at a time, which is the import itself; there the last stretch is taken in one leap.
    """
    if connection.vendor != "postgresql":
        return
    aside = connection.copy()
    with suppress(DatabaseError):  # it is a courtesy
        try:
            with aside.cursor() as cursor:
                cursor.execute("UPDATE songs_songimport SET done = %s WHERE id = %s", [done, sent.pk])
        finally:
            aside.close()


def _details(song: Song) -> str:
    _title, _artist, *details = csv_format.cells_of(song)
    return ", ".join(str(detail) for detail in details if detail)


def _changes(row: PlannedRow) -> list[list[str]]:
    """Return what changes of a song: the name of the field, what it was, what it will be."""
    return [
        [str(label_for_field(name, Song)), _in_words(name, was), _in_words(name, getattr(row.song, name))]
        for name, was in row.before.items()
    ]


def _in_words(name: str, value: Any) -> str:
    return parts.format_parts(value) if name == "parts" else str(value or "")
