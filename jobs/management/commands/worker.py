"""Run background jobs, one after the other."""

import os
import signal
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from jobs.worker import Worker


class Command(BaseCommand):
    help = "Run background jobs until Ctrl-C or SIGTERM; the job in hand is finished first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--with-parent", action="store_true", help="Stop when the process that started it ends.")

    def handle(self, *, with_parent: bool, **options: Any) -> None:
        parent = os.getppid()
        worker = Worker(is_orphan=lambda: with_parent and os.getppid() != parent)
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, worker.stop)
        worker.run()
