"""The whole database as one file while the site goes on, and back into an empty database."""

import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from django.core.cache import cache
from django.db import connection
from django.db.backends.postgresql.client import DatabaseClient

PG_DUMP_OPTIONS = ["--format=custom", "--no-owner", "--no-privileges"]
PG_RESTORE_OPTIONS = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
MARKER_TABLE = "django_migrations"  # a table that every database of ours has


class BackupError(Exception):
    """Raised with a sentence for the operator; nothing was changed."""


def backup_database(to: Path) -> None:
    """Write everything as it is at one moment to `to`, which only its owner may read; nobody waits for it.

    The file has its name when it is whole. Raises BackupError.
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
        unfinished.unlink(missing_ok=True)


def restore_database(file: Path) -> None:
    """Bring what `backup` wrote to `file` into an empty database, all of it or nothing, and empty the cache.

    Raises BackupError, also for a database in which there is something: nothing is ever overwritten.
    """
    if connection.introspection.table_names():
        raise BackupError("This database is not empty. Restore into an empty database.")
    if connection.vendor == "postgresql":
        _run_postgresql_program("pg_restore", *PG_RESTORE_OPTIONS, str(file))
    else:
        _verify_sqlite_backup(file)
        connection.close()
        _copy_sqlite(file, connection.settings_dict["NAME"])
    cache.clear()  # it is of the database that was


def _run_postgresql_program(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs on the database, with its password where `ps` does not show it."""
    line, secrets = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
    *where, name = line[1:]
    command = [program, *where, f"--dbname={name}", *arguments]
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
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as found:
            whole = found.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            ours = found.execute("SELECT 1 FROM sqlite_master WHERE name = ?", [MARKER_TABLE]).fetchone()
    except sqlite3.Error as error:
        raise BackupError(f"{file} is not a backup: {error}.") from error
    if not (whole and ours):
        raise BackupError(f"{file} is not a complete Jamsite backup.")


def _copy_sqlite(source: Path | str, target: Path | str) -> None:
    """Copy a database by SQLite's own means, with what its WAL holds and without disturbing who writes."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
