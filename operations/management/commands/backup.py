"""Back up the database to a file, once or every day."""

import logging
import time
from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from operations.backups import BackupError, back_up_and_record

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Back up the whole database to a file while the site is running. Use restore to load it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("to", type=Path, help="The file to write; date codes such as %%a are filled in.")
        parser.add_argument(
            "--daily-at",
            type=parse_clock,
            metavar="HH:MM",
            help="Keep running, and back up every day at this time of TIME_ZONE. A failure is logged.",
        )

    def handle(self, *, to: Path, daily_at: timedelta | None, **options: Any) -> None:
        if daily_at is None:
            try:
                back_up(to)
            except BackupError as error:
                raise CommandError(str(error)) from error
        while daily_at is not None:
            connection.close()  # after a silent day it would be dead, and the backup not recorded
            time.sleep(measure_pause(timezone.localtime(), daily_at))
            try:
                logger.info("%s was written.", back_up(to))
            except BackupError:
                logger.exception("The backup failed.")


def back_up(to: Path) -> Path:
    """Back up to `to`, whose date codes are filled in; return the file's path. Raises BackupError."""
    now = timezone.localtime()
    file = Path(now.strftime(str(to)))
    back_up_and_record(file, now=now)
    return file


def measure_pause(now: datetime, clock: timedelta) -> float:
    """Return the seconds from `now` until `find_next`, also on a day on which the clocks change."""
    return find_next(now, clock).timestamp() - now.timestamp()


def find_next(now: datetime, clock: timedelta) -> datetime:
    """Return the next moment after `now` at which the clock of its zone shows `clock`, the time since midnight."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    today = midnight + clock
    return today if today > now else midnight + timedelta(days=1) + clock


def parse_clock(text: str) -> timedelta:
    """Parse "05:00"; raises ArgumentTypeError."""
    try:
        moment = datetime.strptime(text, "%H:%M")  # noqa: DTZ007  (a time of day has no zone)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a time of day. Write it like 05:00.") from None
    return timedelta(hours=moment.hour, minutes=moment.minute)
