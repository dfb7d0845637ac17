"""The servers that are measured: real processes with temporary data."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import psutil

from core.network import find_free_port
from operations.server.dev_databases import run_postgresql, run_valkey

ROOT = Path(__file__).resolve().parent.parent
START_TIMEOUT_SECONDS = 60  # seconds until a server that does not answer is given up


@dataclass
class Server:
    port: int
    process: subprocess.Popen[bytes]

    def memory(self) -> int:
        """Return the resident memory in bytes."""
        return int(psutil.Process(self.process.pid).memory_info().rss)

    def cpu_seconds(self) -> float:
        """Return the CPU time used so far."""
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)


@contextmanager
def prepare_site(*, real: bool, scale: str = "") -> Iterator[dict[str, str]]:
    """Load the demo, and with `scale` that data set, into a new site; yield its environment variables.

    It uses SQLite, or with `real` PostgreSQL and Valkey.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="jamsite-bench-")))
        environment = {**os.environ, "DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "bench.settings"}
        environment |= {"LOG_LEVEL": "WARNING", "ALLOWED_HOSTS": "127.0.0.1,testserver", "COOKIE_LABEL": ""}
        if real:
            environment["DATABASE_URL"] = stack.enter_context(run_postgresql(folder / "postgresql"))
            environment["REDIS_URL"] = stack.enter_context(run_valkey(folder / "valkey"))
        for command in (["migrate"], ["seed_demo"], *([["seed_demo", "--scale", scale]] if scale else [])):
            line = [sys.executable, "manage.py", *command, "--verbosity=0"]
            subprocess.run(line, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
        yield environment


@contextmanager
def serve_site(environment: dict[str, str], *, shape: str = "serve", **changes: str) -> Iterator[Server]:
    """Run `manage.py serve`, or `split`: gunicorn and daphne behind nginx."""
    port = find_free_port()
    line = [sys.executable, "manage.py", shape, "--prepare", "--port", str(port)]
    with _run_server(line, {**environment, **changes}, port) as server:
        yield server


@contextmanager
def serve_bare_django(shape: str) -> Iterator[Server]:
    """Run the floor: Django with a single view and no middleware, under the same server as the pages of `shape`."""
    port = find_free_port()
    if shape == "split":
        line = [sys.executable, "-m", "gunicorn", "bench.wsgi:application", "--bind", f"127.0.0.1:{port}"]
        line += ["--config", "python:bench"]  # empty; gunicorn.conf.py needs the settings of a site
        line += ["--workers", str(os.cpu_count()), "--threads", "8", "--keep-alive", "75", "--log-level", "warning"]
    else:
        line = [sys.executable, "-m", "daphne", "-p", str(port), "-v", "0", "bench.asgi:application"]
    with _run_server(line, {**os.environ, "DJANGO_SETTINGS_MODULE": "bench.bare_settings"}, port) as server:
        yield server


@contextmanager
def serve_raw() -> Iterator[Server]:
    """Run the raw limit: daphne with an application that sends the same bytes to everybody."""
    port = find_free_port()
    line = [sys.executable, "-m", "daphne", "-p", str(port), "-v", "0", "bench.raw:application"]
    with _run_server(line, dict(os.environ), port) as server:
        yield server


@contextmanager
def _run_server(line: list[str], environment: dict[str, str], port: int) -> Iterator[Server]:
    process = subprocess.Popen(line, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        wait_for_port(port, seconds=START_TIMEOUT_SECONDS)
        yield Server(port, process)
    finally:
        process.terminate()
        process.wait()


def wait_for_port(port: int, *, seconds: float) -> None:
    """Return as soon as this port of 127.0.0.1 responds to requests, were it "Not Found".

    A server that already listens may still be starting. Raises URLError after `seconds`.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            urlopen(f"http://127.0.0.1:{port}/floor/", timeout=seconds).close()
        except HTTPError as answer:  # only the servers of the bench have that page
            answer.close()
            return
        except URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
