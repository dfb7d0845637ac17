"""Checks whether the database and Redis can be reached; if not, one sentence says why and what to do.

The sentence names the setting and its value without the password.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import redis
from django.conf import settings

CONNECT_SECONDS = 3
REASON_CHARACTERS = 160  # characters of a library's reason, which may be very long


def describe_unreachable_database() -> str | None:
    """Try to connect to the database; return a sentence if that fails, else None."""
    database = settings.DATABASES["default"]
    if database["ENGINE"] == "django.db.backends.sqlite3":
        return _describe_unreachable_sqlite(str(database["NAME"]))
    import psycopg

    try:
        psycopg.connect(**_read_postgresql_parameters(database), connect_timeout=CONNECT_SECONDS).close()
    except psycopg.OperationalError as error:
        return (
            f"The database of DATABASE_URL, {_format_postgresql_url(database)}, cannot be reached: {_shorten(error)}. "
            "Start PostgreSQL, or correct DATABASE_URL, in which a password's special characters are written as %XX."
        )
    return None


def describe_unreachable_redis() -> list[str]:
    """Try to connect to each Redis; return a sentence for each that fails."""
    effects = {
        "REDIS_URL": "Until it can, every page is built from the database, and live updates are late",
        "RATE_LIMIT_REDIS_URL": "Until it can, rate limits are off, and nobody can log in",
    }
    sentences, tried = [], set()
    for name, effect in effects.items():
        url = getattr(settings, name)
        if not url or url in tried:
            continue
        tried.add(url)
        try:
            with closing(
                redis.from_url(url, socket_connect_timeout=CONNECT_SECONDS, socket_timeout=CONNECT_SECONDS)
            ) as one:
                one.ping()
        except (redis.RedisError, OSError) as error:
            sentences.append(
                f"The Valkey or Redis of {name}, {hide_password(url)}, cannot be reached: {_shorten(error)}. "
                f"{effect}: start it, or correct {name}."
            )
    return sentences


def hide_password(url: str) -> str:
    """Return `url` with *** for the password, even if the URL is broken."""
    scheme, separator, rest = url.partition("://")
    credentials, at, place = rest.rpartition("@")
    user, colon, _password = credentials.partition(":")
    return f"{scheme}{separator}{user}{colon and ':***'}{at}{place}"


def _describe_unreachable_sqlite(name: str) -> str | None:
    """Explain a path that cannot be opened: SQLite creates a missing file, but no folder."""
    try:
        with closing(sqlite3.connect(name)) as connection:
            connection.execute("SELECT 1 FROM sqlite_master")
    except sqlite3.Error as error:
        folder = Path(name).parent
        return (
            f"The database of DATABASE_URL, sqlite:///{name}, cannot be opened: {_shorten(error)}. "
            f"Let the user that runs Jamsite write to {folder}, or correct DATABASE_URL."
        )
    return None


def _read_postgresql_parameters(database: dict[str, Any]) -> dict[str, Any]:
    names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
    return {parameter: database[key] for parameter, key in names.items() if database[key]}


def _format_postgresql_url(database: dict[str, Any]) -> str:
    person = f"{database['USER']}@" if database["USER"] else ""
    port = f":{database['PORT']}" if database["PORT"] else ""
    return f"postgresql://{person}{database['HOST']}{port}/{database['NAME']}"


def _shorten(error: Exception) -> str:
    """Return the first line of a library's error; the next lines are the library's own advice."""
    first = str(error).strip().partition("\n")[0]
    return first.removeprefix("connection failed: ").rstrip(".")[:REASON_CHARACTERS]
