"""Backup of the whole database into one file, while the site keeps running, and restore into an empty database."""

import logging
import os
import sqlite3
import subprocess
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from django.core.cache import cache
from django.db import DatabaseError, InterfaceError, connection
from django.db.backends.postgresql.client import DatabaseClient

from operations.models import Backup

logger = logging.getLogger(__name__)

PG_DUMP_OPTIONS = ["--format=custom", "--no-owner", "--no-privileges"]
PG_RESTORE_OPTIONS = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
MARKER_TABLE = "django_migrations"  # every Jamsite database has it
KEPT_RECORDS = 100  # of past backups, in the database


class BackupError(Exception):
    """Raised with a message for the operator when nothing was changed."""


def backup_database(to: Path) -> None:
    """Write a consistent snapshot of the database to `to`, without blocking the site.

    Only the file's owner can read it, and it gets its name once it is complete. Raises BackupError.
    """
    unfinished = to.with_name(f"{to.name}.unfinished")
    try:
        to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished.touch(mode=0o600)
        if connection.vendor == "postgresql":
            _run_postgresql_program("pg_dump", *PG_DUMP_OPTIONS, f"--file={unfinished}")
        else:
            _copy_sqlite(connection.settings_dict["NAME"], unfinished)
        unfinished.replace(to)
    except (OSError, sqlite3.Error) as error:
        raise BackupError(f"{to} cannot be written: {error}") from error
    finally:
        with suppress(OSError):  # a parent of it may be a file
            unfinished.unlink(missing_ok=True)


def back_up_and_record(to: Path, *, now: datetime) -> None:
    """Back up the database to `to`, and record in it whether that succeeded, for the alerts. Raises BackupError."""
    try:
        backup_database(to)
    except BackupError as error:
        _record(Backup(at=now, file=str(to), error=str(error)))
        raise
    _record(Backup(at=now, file=str(to), size=to.stat().st_size))


def _record(backup: Backup) -> None:
    """Add `backup` to the records and drop the oldest; other alerts report a database that is unreachable."""
    try:
        backup.save()
        last = Backup.objects.order_by("-pk").values_list("pk", flat=True)[KEPT_RECORDS - 1 : KEPT_RECORDS]
        Backup.objects.filter(pk__lt=max(last, default=0)).delete()
    except (DatabaseError, InterfaceError) as error:
        logger.warning("The backup could not be recorded in the database: %s", error)


def restore_database(file: Path) -> None:
    """Restore what `backup_database` wrote to `file`, either everything or nothing, and clear the cache.

    Raises BackupError, also when the database is not empty: a restore never overwrites anything.
    """
    if connection.introspection.table_names():
        raise BackupError("This database is not empty. Restore into an empty database.")
    if connection.vendor == "postgresql":
        _run_postgresql_program("pg_restore", *PG_RESTORE_OPTIONS, str(file))
    else:
        _verify_sqlite_backup(file)
        connection.close()
        _copy_sqlite(file, connection.settings_dict["NAME"])
    cache.clear()  # it was filled from the previous database


def _run_postgresql_program(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs on the database. The password is passed where `ps` does not show it."""
    psql_command, secrets = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
    *connection_options, name = psql_command[1:]
    command = [program, *connection_options, f"--dbname={name}", *arguments]
    try:
        subprocess.run(  # noqa: S603  (our own arguments)
            command, env={**os.environ, **(secrets or {})}, check=True, stderr=subprocess.PIPE, text=True
        )
    except FileNotFoundError:
        raise BackupError(f"{program} is not installed. Install the PostgreSQL client programs.") from None
    except subprocess.CalledProcessError as error:
        raise BackupError(error.stderr.strip()) from error


def _verify_sqlite_backup(file: Path) -> None:
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as database:
            intact = database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            marker = database.execute("SELECT 1 FROM sqlite_master WHERE name = ?", [MARKER_TABLE]).fetchone()
    except sqlite3.Error as error:
        raise BackupError(f"{file} is not a backup: {error}.") from error
    if not (intact and marker):
        raise BackupError(f"{file} is not a complete Jamsite backup.")


def _copy_sqlite(source: Path | str, target: Path | str) -> None:
    """Copy a database with SQLite's backup API, which includes its WAL and does not block writers."""
    with closing(sqlite3.connect(source)) as original, closing(sqlite3.connect(target)) as copy:
        original.backup(copy)
