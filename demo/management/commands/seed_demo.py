"""`manage.py seed_demo`: demo data for a fresh installation."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand
from django.utils import timezone

from demo.logins import read_logins
from demo.scale import SCALES, seed_scale
from demo.seed import seed_demo


class Command(BaseCommand):
    help = "Load demo venues, songs, jams, musicians and votes. Running it again adds nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--scale",
            nargs="?",
            choices=SCALES,
            const="large",
            help="For load tests: many jams, songs and venues, and a busy jam at /jams/hot-jam/ instead. Without a "
            "size it is large: 2,000 jams, 5,000 songs, 200 venues.",
        )

    def handle(self, *, scale: str | None, verbosity: int, **options: object) -> None:
        done = seed_scale(SCALES[scale], now=timezone.now()) if scale else seed_demo(now=timezone.now())
        if verbosity == 0:
            return
        what = "big demo" if scale else "demo"
        self.stdout.write(f"The {what} is loaded." if done else f"The {what} is already here; nothing was added.")
        for name, password in (read_logins() or {}).items() if done and not scale else ():
            self.stdout.write(f"  {name}: {password}")
