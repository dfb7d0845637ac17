"""Writes the library as a CSV file that import_songs understands."""

from typing import Any

from django.core.management.base import BaseCommand

from songs.models import Song
from songs.services.imports.csv_format import write_songs


class Command(BaseCommand):
    help = "Print all songs that aren't archived as CSV: manage.py export_songs > songs.csv"

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.ending = ""  # csv ends its lines itself
        write_songs(Song.objects.current().order_by("title_order", "artist_order", "pk").iterator(), self.stdout)
