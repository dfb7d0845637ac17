"""Child processes of this one: starting, stopping and restarting them."""

import logging
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Self

from django.conf import settings

logger = logging.getLogger(__name__)

STOP_TIMEOUT_SECONDS = 15
RESTART_DELAY_SECONDS = 2.0


def manage_command(*words: str) -> list[str]:
    """Return the command line of `manage.py WORDS`."""
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), *words]


def start_process(line: list[str], environment: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
    """Start a command line, with our own environment unless another one is given."""
    return subprocess.Popen(line, env=environment)  # noqa: S603  (our own command lines)


def stop_process(child: subprocess.Popen[bytes]) -> None:
    """Terminate `child`; kill it when it is still running after STOP_TIMEOUT_SECONDS."""
    child.terminate()
    try:
        child.wait(STOP_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()


@contextmanager
def exit_cleanly_on_signals() -> Iterator[None]:
    """Leave the context without an error on Ctrl-C or SIGTERM."""

    def interrupt(signum: int, frame: Any) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, previous)


@contextmanager
def run_process(line: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command line in `environment` until the context ends."""
    child = start_process(line, environment)
    try:
        yield child
    finally:
        stop_process(child)


class WorkerSupervisor:
    """Runs a worker for background jobs beside this process.

    It is restarted when it dies, and stopped when the context ends or this process is killed.
    """

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.lock = threading.Lock()

    def __enter__(self) -> Self:
        self.worker = self._start_worker()
        threading.Thread(target=self._keep_alive, name="worker-supervisor", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with self.lock:
            self.stopping.set()
        stop_process(self.worker)

    def _start_worker(self) -> subprocess.Popen[bytes]:
        return start_process(manage_command("worker", "--with-parent", str(os.getpid())), dict(os.environ))

    def _keep_alive(self) -> None:
        while True:
            code = self.worker.wait()
            if self.stopping.wait(RESTART_DELAY_SECONDS):
                return
            logger.warning("The worker exited with code %d and was restarted.", code)
            with self.lock:
                if self.stopping.is_set():
                    return
                self.worker = self._start_worker()


def raise_file_limit() -> None:
    """Let this process open as many files as it may: each phone is one, and a shell's usual limit is 1,024."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # some systems call unlimited what they do not allow
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
