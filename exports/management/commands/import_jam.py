"""Import a jam from a file that export_jam wrote."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from exports.jam_transfer import ImportRefusedError, import_jam


class Command(BaseCommand):
    help = "Import a jam from a file written by export_jam. Hosts are not included; add them in the admin."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--slug", default="", help="A different slug, if the jam's own is already in use.")

    def handle(self, *, file: Path, slug: str, **options: Any) -> None:
        try:
            jam = import_jam(file.read_text(encoding="utf-8"), slug=slug)
        except UnicodeDecodeError as error:
            raise CommandError(f"{file} cannot be imported. It is not a text in UTF-8.") from error
        except (OSError, ImportRefusedError) as error:
            raise CommandError(f"{file} cannot be imported. {error}") from error
        self.stdout.write(f"{jam} is at {jam.get_absolute_url()}.")
