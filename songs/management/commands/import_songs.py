"""Imports songs from a CSV file into the library."""

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
            plan = plan_import(file.read_bytes())
            counts = f"{len(plan.added)} added, {len(plan.merged)} merged, {plan.same} unchanged"
            self.stdout.write(f"{counts}, {len(plan.errors)} refused.")
            for error in plan.errors:
                self.stdout.write(f"line {error.line}: {error.reason}")
            if not dry_run:
                execute_plan(plan)
        except (OSError, ActionError) as error:
            raise CommandError(str(error)) from None
