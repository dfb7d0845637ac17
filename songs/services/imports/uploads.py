"""Files of songs that somebody sends: checked and imported in the background, looked at in between."""

import zlib
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.tasks import Task
from django.utils.formats import number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.exceptions import Conflict, TooLarge
from songs.models import ImportState, SongImport
from songs.services.imports import csv_format
from songs.services.imports.jobs import check_import, count_rows_to_write, run_import

MOST_BYTES = 5_000_000
MOST_LINES = 50_000
LONGEST_NAME = 120


@transaction.atomic
def submit_import(*, user: Any, name: str, content: bytes, now: datetime) -> SongImport:
    """Keep a file and have it checked. Raises Invalid for what is no list of songs, TooLarge for too long a one."""
    lines = max(content.count(b"\n"), content.count(b"\r")) + 1
    if len(content) > MOST_BYTES or lines > MOST_LINES:
        sentence = _("Files can have up to %(lines)s lines and %(megabytes)d MB. Split this one into smaller files.")
        raise TooLarge(
            sentence % {"lines": number_format(MOST_LINES, force_grouping=True), "megabytes": MOST_BYTES // 1_000_000}
        )
    next(csv_format.read_songs(content), None)  # refuses what has other columns
    sent = SongImport.objects.create(
        user=user,
        name=name[:LONGEST_NAME],
        content=zlib.compress(content),
        language=get_language() or settings.LANGUAGE_CODE,
        total=lines,
        created_at=now,
    )
    _enqueue(sent, check_import)
    return sent


@transaction.atomic
def confirm_import(*, sent: SongImport) -> bool:
    """Have a file imported that was checked; return whether that was not wished already.

    Raises Conflict for a file that cannot be taken as it is.
    """
    sent = SongImport.objects.select_for_update().get(pk=sent.pk)
    if sent.state in (ImportState.IMPORTING, ImportState.IMPORTED):
        return False
    if not sent.is_good:
        raise Conflict(_("Nothing was imported. Fix the lines with errors first."))
    sent.state, sent.done, sent.total = ImportState.IMPORTING, 0, sent.total + count_rows_to_write(sent.found)
    sent.save(update_fields=["state", "done", "total"])
    _enqueue(sent, run_import)
    return True


def _enqueue(sent: SongImport, job: Task) -> None:
    sent.job = job.enqueue(sent.pk).id
    sent.save(update_fields=["job"])
