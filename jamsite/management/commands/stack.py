"""Run the production shape on one computer: PostgreSQL, Valkey and daphne, started and stopped together."""

import fcntl
import os
import signal
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from jamsite.devservers import postgresql, valkey

PATIENCE = 15  # seconds that a process gets to finish by itself


class Command(BaseCommand):
    help = "Run PostgreSQL, Valkey and daphne with their data in DATA_DIR/stack, until Ctrl-C."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=settings.PORT, help="The port (default: %(default)s).")

    def handle(self, **options: Any) -> None:
        folder = settings.DATA_DIR.resolve() / "stack"
        folder.mkdir(exist_ok=True)
        with ExitStack() as stack:
            stack.enter_context(only_one(folder / "lock"))
            self.stdout.write("Starting PostgreSQL and Valkey ...")
            environment = {
                **os.environ,
                "DATA_DIR": str(folder),
                "DATABASE_URL": stack.enter_context(postgresql(folder / "postgresql")),
                "REDIS_URL": stack.enter_context(valkey(folder / "valkey")),
            }
            stack.enter_context(interruptible())
            for command in commands(options["port"]):
                server = stack.enter_context(process(command, environment))
            server.wait()


def commands(port: int) -> list[list[str]]:
    """Return the command lines of the processes that make up the site; the last one is the server."""
    return [["serve", "--prepare", "--demo", "--port", str(port)]]


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Hold the lock file at `path`; raise CommandError when another stack holds it."""
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(f"Another stack is running on {path.parent}. Stop it first.") from None
        yield


@contextmanager
def interruptible() -> Iterator[None]:
    """Treat SIGTERM like Ctrl-C, and neither as an error."""

    def stop(signum: int, frame: Any) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, previous)


@contextmanager
def process(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run `manage.py <command>` in `environment`; ask it to stop at the end, and insist after a while."""
    line = [sys.executable, str(settings.BASE_DIR / "manage.py"), *command]
    child = subprocess.Popen(line, env=environment)  # noqa: S603  (our own command lines)
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
