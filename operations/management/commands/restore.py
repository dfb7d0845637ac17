"""Restore a backup into an empty database."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from operations.backups import BackupError, restore_database


class Command(BaseCommand):
    help = "Restore a backup into an empty database. Run migrate and start the site afterwards."
    requires_system_checks = ()  # they need tables, and the database is still empty

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="A file written by backup.")

    def handle(self, *, file: Path, **options: Any) -> None:
        try:
            restore_database(file)
        except BackupError as error:
            raise CommandError(str(error)) from error
