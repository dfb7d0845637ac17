"""Takes songs from a CSV file into the library."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.exceptions import ActionError
from songs.services.imports.plan import execute_plan, plan_import


class Command(BaseCommand):
    help = "Import songs from a CSV file: either all of them or none. Running it again adds nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="Only show what would change.")

    def handle(self, *args: Any, file: Path, dry_run: bool, **options: Any) -> None:
        try:
            planned = plan_import(file.read_bytes())
            told = f"{len(planned.added)} added, {len(planned.merged)} merged, {planned.same} there already"
            self.stdout.write(f"{told}, {len(planned.faults)} refused.")
            for fault in planned.faults:
                self.stdout.write(f"line {fault.line}: {fault.reason}")
            if not dry_run:
                execute_plan(planned)
        except (OSError, ActionError) as error:
            raise CommandError(str(error)) from None
