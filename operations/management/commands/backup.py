"""Back up the database to a file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from operations.backups import BackupError, backup_database


class Command(BaseCommand):
    help = "Back up the whole database to a file while the site is running. Use restore to load it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("to", type=Path, help="The file to write; date codes such as %%a are filled in.")

    def handle(self, *, to: Path, **options: Any) -> None:
        try:
            backup_database(Path(timezone.localtime().strftime(str(to))))
        except BackupError as error:
            raise CommandError(str(error)) from error
