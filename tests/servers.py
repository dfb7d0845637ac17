"""Real server processes for the tests: `manage.py serve` on the test database."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent
TROUBLE = re.compile(r"Traceback|\b(WARNING|ERROR|CRITICAL)\b|Warning:")
READY = re.compile(r"Jamsite is ready\..*?http://127\.0\.0\.1:(\d+)\n", re.DOTALL)
TOKEN = "of the tests"  # opens the metrics
PATIENCE = 60  # seconds that a test waits for anything: only what never comes takes so long


def database_url() -> str:
    """Return the DATABASE_URL of the database that the tests run on."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    person, host = (quote(str(database[name]), safe="") for name in ("USER", "HOST"))
    password = f":{quote(database['PASSWORD'], safe='')}" if database["PASSWORD"] else ""
    port = f":{database['PORT']}" if database["PORT"] else ""
    return f"postgresql://{person}{password}@{host}{port}/{database['NAME']}"


def environment(**changes: str) -> dict[str, str]:
    """Return the environment of a process that shares this run's database, cache and data folder."""
    shared = {
        "DJANGO_SETTINGS_MODULE": "tests.patient_settings",
        "DATABASE_URL": database_url(),
        "METRICS_TOKEN": TOKEN,
    }
    return {**os.environ, **shared, "REDIS_URL": settings.REDIS_URL, **changes}


def wait_until(condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Return when `condition()` holds; raises TimeoutError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.02)


class Server:
    """One `manage.py serve`, on `port` or a free one; other keyword arguments are changes to its environment.

    It finds a free port itself: one that was free a moment ago may be another server's by the time it listens.

    `expect(pattern)` announces a line of trouble in its log, such as the "Not Found" of a page that a test asks for;
    `unexpected()` returns every line of trouble that nobody announced. `settle()` returns when all requests are
    answered and logged, also those whose browser is gone; after `turn_over()` the next test begins with an empty log.
    """

    def __init__(self, log: Path, *, port: int | None = None, **changes: str) -> None:
        self.port = port or self.choose_port()
        self.log = log
        self.expected: list[str] = []
        self.lines_read = 0
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                self.command(), cwd=ROOT, env=environment(**changes), stdout=output, stderr=subprocess.STDOUT
            )
        self.wait_until_ready()

    def choose_port(self) -> int:
        """Return the port to listen on, or 0 if the server finds one itself."""
        return 0

    def command(self) -> list[str]:
        return [sys.executable, "manage.py", "serve", "--prepare", "--port", str(self.port)]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def websocket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def wait_until_ready(self) -> None:
        """Return when the server answers; raises RuntimeError with its log when it never does."""
        deadline = time.monotonic() + 3 * PATIENCE  # it has all of the code to load
        while not (ready := READY.search(self.output())):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"The server did not start:\n{self.output()}")
            time.sleep(0.02)
        self.port = int(ready[1])

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Return the answer to a GET request for `path`; `options` are those of httpx.get."""
        return httpx.get(self.url + path, timeout=PATIENCE, **options)

    def read_metric(self, name: str) -> float:
        """Return the value of a metric that has no labels."""
        text = self.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
        [value] = re.findall(rf"^{name} (\S+)$", text, re.MULTILINE)
        return float(value)

    def expect(self, pattern: str) -> None:
        self.expected.append(pattern)

    def unexpected(self) -> list[str]:
        lines = [line for line in self.output().splitlines()[self.lines_read :] if TROUBLE.search(line)]
        return [line for line in lines if not any(re.search(pattern, line) for pattern in self.expected)]

    def settle(self) -> None:
        wait_until(lambda: self.read_metric("jamsite_requests_in_progress") == 0)

    def turn_over(self) -> None:
        self.expected, self.lines_read = [], len(self.output().splitlines())

    def stop(self) -> int:
        """Stop the server as a process manager does, and return its exit code."""
        self.process.terminate()
        try:
            return self.process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()
