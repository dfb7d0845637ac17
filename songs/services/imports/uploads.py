"""Uploaded files of songs: a job checks them, people look at the result, and another job imports them."""

import zlib
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.formats import number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.exceptions import Conflict, Invalid, NotFound, TooLarge
from songs.cells import ENCODINGS, guess_encoding
from songs.models import ImportState, SongImport
from songs.services.imports import csv_format
from songs.services.imports.jobs import check_import, run_import

MAX_BYTES = 5_000_000
MAX_LINES = 50_000
MAX_NAME = 120  # characters


@transaction.atomic
def submit_import(*, user: Any, name: str, content: bytes, now: datetime) -> SongImport:
    """Store a file and enqueue its check. Raises Invalid if it is no list of songs, TooLarge if it is too long."""
    lines = max(content.count(b"\n"), content.count(b"\r")) + 1
    if len(content) > MAX_BYTES or lines > MAX_LINES:
        sentence = _("Files can have up to %(lines)s lines and %(megabytes)d MB. Split this one into smaller files.")
        limits = {"lines": number_format(MAX_LINES, force_grouping=True), "megabytes": MAX_BYTES // 1_000_000}
        raise TooLarge(sentence % limits)
    encoding = guess_encoding(content)
    next(csv_format.read_songs(content, encoding), None)  # raises Invalid for a wrong header
    upload = SongImport.objects.create(
        user=user,
        name=name[:MAX_NAME],
        content=zlib.compress(content),
        encoding=encoding,
        language=get_language() or settings.LANGUAGE_CODE,
        total=lines,
        created_at=now,
    )
    upload.job = check_import.enqueue(upload.pk).id
    upload.save(update_fields=["job"])
    return upload


@transaction.atomic
def change_encoding(*, user: Any, pk: int, encoding: str) -> SongImport:
    """Enqueue another check of a file that was checked, read in this encoding.

    Raises NotFound for a file that `user` may not see, Conflict while a job works on it or when it was imported, and
    Invalid if it cannot be read in `encoding`.
    """
    upload = SongImport.objects.visible_to(user).select_for_update().filter(pk=pk).first()
    if upload is None:
        raise NotFound(str(SongImport.GONE))
    if upload.state != ImportState.CHECKED:
        raise Conflict(_("You can't do that now."))
    if encoding not in ENCODINGS:
        raise Invalid(_("Choose one of the options."))
    next(csv_format.read_songs(zlib.decompress(upload.content), encoding), None)
    upload.state, upload.encoding, upload.done = ImportState.CHECKING, encoding, 0
    upload.job = check_import.enqueue(upload.pk).id
    upload.save(update_fields=["state", "encoding", "done", "job"])
    return upload


@transaction.atomic
def confirm_import(*, user: Any, pk: int) -> SongImport:
    """Enqueue the import of a file that was checked; confirming twice changes nothing.

    Raises NotFound for a file that `user` may not see, and Conflict for one that cannot be imported.
    """
    upload = SongImport.objects.visible_to(user).select_for_update().defer("content").filter(pk=pk).first()
    if upload is None:
        raise NotFound(str(SongImport.GONE))
    if upload.state in (ImportState.IMPORTING, ImportState.IMPORTED):
        return upload
    if not upload.is_good:
        raise Conflict(_("Nothing was imported. Fix the lines with errors first."))
    upload.state, upload.done, upload.total = ImportState.IMPORTING, 0, upload.total + upload.rows_to_write
    upload.job = run_import.enqueue(upload.pk).id
    upload.save(update_fields=["state", "done", "total", "job"])
    return upload
