"""Run all parts of a production site on one computer: PostgreSQL, Valkey, daphne and a worker."""

import fcntl
import os
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from operations.server.dev_databases import run_postgresql, run_valkey
from operations.server.processes import exit_cleanly_on_signals, manage_command, run_process


class Command(BaseCommand):
    help = "Run PostgreSQL, Valkey, daphne and a worker with their data in DATA_DIR/stack, until Ctrl-C."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--port", type=int, default=settings.PORT, help="The port to listen on (default: %(default)s)."
        )
        parser.add_argument(
            "--split", action="store_true", help="Serve pages with gunicorn and WebSockets with daphne, behind nginx."
        )

    def handle(self, **options: Any) -> None:
        folder = settings.DATA_DIR.resolve() / "stack"
        folder.mkdir(exist_ok=True)
        with ExitStack() as stack:
            stack.enter_context(hold_lock(folder / "lock"))
            self.stdout.write("Starting PostgreSQL and Valkey ...")
            environment = {
                **os.environ,
                "DATA_DIR": str(folder),
                "DATABASE_URL": stack.enter_context(run_postgresql(folder / "postgresql")),
                "REDIS_URL": stack.enter_context(run_valkey(folder / "valkey")),
            }
            stack.enter_context(exit_cleanly_on_signals())
            shape = "split" if options["split"] else "serve"
            line = manage_command(shape, "--prepare", "--demo", "--worker", "--port", str(options["port"]))
            stack.enter_context(run_process(line, environment)).wait()


@contextmanager
def hold_lock(path: Path) -> Iterator[None]:
    """Hold the lock file at `path` until the context ends. Raises CommandError when another stack holds it."""
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(f"Another stack is already using {path.parent}. Stop it first.") from None
        yield
