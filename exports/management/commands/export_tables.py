"""Write all data as CSV tables for spreadsheets."""

from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from exports.csv_tables import TABLES, stream_archive, stream_table


class Command(BaseCommand):
    help = "Export songs, venues and jams with their set lists as CSV files, in a ZIP archive or a folder."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("to", type=Path, help="A .zip file, or a folder for one file per table.")

    def handle(self, *, to: Path, **options: Any) -> None:
        try:
            if to.suffix == ".zip":
                _write_file(to, stream_archive(now=timezone.now()))
                return
            to.mkdir(parents=True, exist_ok=True)
            for table in TABLES.values():
                _write_file(to / table.file_name, stream_table(table))
        except OSError as error:
            raise CommandError(f"{to} cannot be written: {error.strerror}") from None


def _write_file(path: Path, pieces: Iterable[bytes]) -> None:
    with path.open("wb") as file:
        file.writelines(pieces)
