"""Run background jobs, one after the other."""

import os
import signal
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from jobs.worker import Worker


class Command(BaseCommand):
    help = "Run background jobs until Ctrl-C or SIGTERM. The current job is finished first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--with-parent", type=int, metavar="PID", help="Stop when this parent process has ended.")

    def handle(self, *, with_parent: int | None, **options: Any) -> None:
        worker = Worker(is_orphan=lambda: with_parent not in (None, os.getppid()))
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, worker.stop)
        worker.run()
