"""The background jobs for an uploaded file: check it, import it, delete it when it is old."""

import zlib
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.models import F, Q
from django.tasks import task
from django.utils.translation import override

from songs.models import ImportState, SongImport
from songs.services.imports.csv_format import Reading
from songs.services.imports.plan import Plan, execute_plan, plan_import, summarise_plan

FILE_KEPT = timedelta(days=1)
RESULT_KEPT = timedelta(days=30)


@task(priority=10)  # somebody is waiting for it
def check_import(pk: int) -> None:
    """Find out what importing a file would change."""
    upload = SongImport.objects.filter(pk=pk, state=ImportState.CHECKING).first()
    if upload:
        with override(upload.language):
            _plan(upload, ImportState.CHECKED)


@task(priority=10)
def run_import(pk: int) -> None:
    """Import a file, all of it or nothing; running again changes nothing.

    If the library has changed so that the file cannot be imported any more, it is only checked again.
    """
    upload = SongImport.objects.filter(pk=pk, state=ImportState.IMPORTING).first()
    if upload is None:
        return
    read = upload.total - upload.rows_to_write
    with override(upload.language):
        plan = _plan(upload, ImportState.IMPORTING)
        if plan.errors:
            _set_state(upload, ImportState.CHECKED)
            return
        with transaction.atomic():
            execute_plan(plan, report=lambda rows: _report_uncommitted(upload, read + rows))
            _set_state(upload, ImportState.IMPORTED, content=b"", done=F("total"))


def delete_old_imports(*, now: datetime) -> int:
    """Delete files after FILE_KEPT and the results of imports after RESULT_KEPT; return how many were deleted."""
    old = Q(created_at__lt=now - FILE_KEPT) & ~Q(state=ImportState.IMPORTED)
    return SongImport.objects.filter(old | Q(created_at__lt=now - RESULT_KEPT)).delete()[0]


def _plan(upload: SongImport, state: ImportState) -> Plan:
    """Return the plan for the file, and store its summary with the new `state`."""
    rows = SongImport.objects.filter(pk=upload.pk)
    content = zlib.decompress(upload.content)

    def report(line: int) -> None:
        rows.update(done=line)  # not on a cached page

    plan = plan_import(content, encoding=upload.encoding, reading=_get_reading(upload), report=report)
    _set_state(upload, state, found=summarise_plan(plan))
    return plan


def _get_reading(upload: SongImport) -> Reading:
    return Reading([column["field"] for column in upload.columns], upload.has_names)


def _set_state(upload: SongImport, state: ImportState, **values: Any) -> None:
    SongImport.objects.filter(pk=upload.pk).update(state=state, **values)  # not on a cached page


def _report_uncommitted(upload: SongImport, done: int) -> None:
    """Store the progress while the songs are not committed: through a second connection, so that others see it.

    SQLite allows one writer at a time, which is the import itself; there the progress bar skips this part.
    """
    if connection.vendor != "postgresql":
        return
    second = connection.copy()
    with suppress(DatabaseError):  # an import does not fail for want of a progress bar
        try:
            with second.cursor() as cursor:
                cursor.execute("UPDATE songs_songimport SET done = %s WHERE id = %s", [done, upload.pk])
        finally:
            second.close()
