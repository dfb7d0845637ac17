"""Prepare the database for this release: wait for it, migrate it, and print the setup link of a new site."""

import time
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from accounts.services.first_account import build_setup_url
from core.reachability import describe_unreachable_database

RETRY_SECONDS = 1.0


class Command(BaseCommand):
    help = "Wait for the database, migrate it, and print the link that makes the first account, if there is none."
    requires_system_checks = ()  # some need the database

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--wait", type=float, default=0, metavar="SECONDS", help="How long to wait for the database (default: 0)."
        )

    def handle(self, *, wait: float, **options: Any) -> None:
        wait_for_database(wait, say=self.say)
        call_command("migrate", interactive=False, verbosity=1)
        if url := build_setup_url(settings.BASE_URL or f"http://127.0.0.1:{settings.PORT}"):
            self.say(f"Make the first account at {url}")

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def wait_for_database(seconds: float, *, say: Callable[[str], object]) -> None:
    """Return once the database can be reached. Raises CommandError with the reason after `seconds`."""
    deadline, is_first = time.monotonic() + seconds, True
    while sentence := describe_unreachable_database():
        if time.monotonic() >= deadline:
            raise CommandError(sentence)
        if is_first:
            say(f"Waiting for the database, {seconds:.0f} s at most. {sentence}")
        is_first = False
        time.sleep(RETRY_SECONDS)
