"""Uploaded files of songs: a job checks them, people look at the result, and another job imports them."""

import zlib
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.formats import number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.exceptions import Conflict, Invalid, NotFound, TooLarge
from songs.cells import ENCODINGS, decode, guess_encoding
from songs.models import ImportState, SongImport
from songs.services.imports import csv_format
from songs.services.imports.jobs import check_import, run_import
from songs.services.imports.song_sheets import convert_song_sheets

MAX_BYTES = 5_000_000
MAX_LINES = 50_000
MAX_NAME = 120  # characters
MAX_COLUMNS = 100  # that can be assigned


@transaction.atomic
def submit_import(*, user: Any, name: str, content: bytes, now: datetime) -> SongImport:
    """Store a file and enqueue its check. Raises Invalid if it is no list of songs, TooLarge if it is too long."""
    lines = max(content.count(b"\n"), content.count(b"\r")) + 1
    if len(content) > MAX_BYTES or lines > MAX_LINES:
        sentence = _("Files can have up to %(lines)s lines and %(megabytes)d MB. Split this one into smaller files.")
        limits = {"lines": number_format(MAX_LINES, force_grouping=True), "megabytes": MAX_BYTES // 1_000_000}
        raise TooLarge(sentence % limits)
    encoding = guess_encoding(content)
    if table := convert_song_sheets(decode(content, encoding) or ""):
        content, encoding = table.encode(), "utf-8"
    upload = SongImport(
        user=user,
        name=name[:MAX_NAME],
        content=zlib.compress(content),
        encoding=encoding,
        columns=list(map(asdict, csv_format.list_columns(content, encoding)[:MAX_COLUMNS])),
        language=get_language() or settings.LANGUAGE_CODE,
        total=lines,
        created_at=now,
    )
    _begin_check(upload)
    return upload


@transaction.atomic
def read_again(
    *, user: Any, pk: int, encoding: str, fields: Sequence[str] = (), has_names: bool | None = None
) -> SongImport:
    """Enqueue another check of a file, read in this encoding and with these fields in its columns.

    Without `fields` they stay as they are; a column that gets another name by the encoding is assigned by its name.
    While no column is the title or the artist, nothing is checked. Raises NotFound for a file that `user` may not see,
    Conflict while a job works on it or when it was imported, and Invalid if it cannot be read in `encoding` or a field
    is unknown or chosen twice.
    """
    upload = SongImport.objects.visible_to(user).select_for_update().filter(pk=pk).first()
    if upload is None:
        raise NotFound(str(SongImport.GONE))
    if upload.state not in (ImportState.ASKING, ImportState.CHECKED):
        raise Conflict(_("You can't do that now."))
    chosen = [field for field in fields if field]
    if encoding not in ENCODINGS or not {*chosen} <= {*csv_format.FIELDS}:
        raise Invalid(_("Choose one of the options."))
    if len(chosen) != len({*chosen}):
        raise Invalid(_("Choose each field for one column only."))
    columns = csv_format.list_columns(zlib.decompress(upload.content), encoding)[:MAX_COLUMNS]
    before = {at: column["name"] for at, column in enumerate(upload.columns)}
    fields = [*(fields or [column["field"] for column in upload.columns]), *("" for _column in columns)]
    upload.columns = []
    for at, column in enumerate(columns):
        is_new = column.name != before.get(at) and column.field not in fields  # its letters are right by now
        upload.columns.append({**asdict(column), "field": fields[at] or (column.field if is_new else "")})
    upload.encoding, upload.done = encoding, 0
    upload.has_names = upload.has_names if has_names is None else has_names
    _begin_check(upload)
    return upload


def _begin_check(upload: SongImport) -> None:
    """Save `upload` and enqueue its check, unless its title and artist are not known yet."""
    is_known = {column["field"] for column in upload.columns} >= csv_format.REQUIRED
    upload.state = ImportState.CHECKING if is_known else ImportState.ASKING
    upload.save()
    if is_known:
        upload.job = check_import.enqueue(upload.pk).id
        upload.save(update_fields=["job"])


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
