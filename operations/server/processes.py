"""Processes of our own beside this one."""

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from django.conf import settings

logger = logging.getLogger(__name__)

STOP_TIMEOUT_SECONDS = 15  # seconds that a process gets to finish by itself
RESTART_DELAY_SECONDS = 2.0  # seconds before one that died is started again


def manage_command(*words: str) -> list[str]:
    """Return the command line of `manage.py <words>`."""
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), *words]


def start_process(line: list[str], environment: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
    """Start a command line, in our own environment unless another is given."""
    return subprocess.Popen(line, env=environment)  # noqa: S603  (our own command lines)


def stop_process(child: subprocess.Popen[bytes]) -> None:
    """Ask `child` to stop, and insist after a while."""
    child.terminate()
    try:
        child.wait(STOP_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()


@contextmanager
def exit_cleanly_on_signals() -> Iterator[None]:
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
def run_process(line: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command line in `environment` for as long as the context lasts."""
    child = start_process(line, environment)
    try:
        yield child
    finally:
        stop_process(child)


class WorkerSupervisor:
    """A worker beside this process: started again when it dies, stopped with the context, or when we are killed."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self.lock = threading.Lock()

    def __enter__(self) -> Self:
        self.child = self._start()
        threading.Thread(target=self._keep_alive, name="companion", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with self.lock:
            self.over.set()
        stop_process(self.child)

    def _start(self) -> subprocess.Popen[bytes]:
        return start_process(manage_command("worker", "--with-parent", str(os.getpid())), dict(os.environ))

    def _keep_alive(self) -> None:
        while True:
            code = self.child.wait()
            if self.over.wait(RESTART_DELAY_SECONDS):
                return
            logger.warning("The worker exited with code %d and was restarted.", code)
            with self.lock:
                if self.over.is_set():
                    return
                self.child = self._start()
