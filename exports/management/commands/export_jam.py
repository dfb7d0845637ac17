"""Write a jam and all its rows to a file or to standard output."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from exports.jam_transfer import export_jam
from jams.models import Jam


class Command(BaseCommand):
    help = "Export a jam as JSON. Use import_jam to load it on another site."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--to", type=Path, help="The file to write (default: standard output).")

    def handle(self, *, slug: str, to: Path | None, **options: Any) -> None:
        jam = Jam.objects.select_related("venue").filter(slug=slug).first()
        if jam is None:
            raise CommandError(f"There is no jam at {slug}.")
        text = export_jam(jam)
        if to:
            to.write_text(text)
        else:
            self.stdout.write(text)
