"""gunicorn stops without losing a request: its readiness, its connections, and what waits in the kernel."""

import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from core.network import find_free_port
from tests.servers import PATIENCE, Server, wait_until

pytestmark = pytest.mark.once
WAITING = 10  # requests in the kernel's queue, fewer than the limit of reports
REPORT = b"{}"
POST = (
    b"POST /csp-report/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/csp-report\r\n"
    b"Content-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(REPORT), REPORT)
)


class Pages(Server):
    """One gunicorn with one process and two threads."""

    def choose_port(self) -> int:
        return find_free_port()

    def command(self) -> list[str]:
        line = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "--bind", f"127.0.0.1:{self.port}"]
        return [*line, "--workers", "1", "--threads", "2", "--keep-alive", "75", "jamsite.wsgi:application"]

    def wait_until_ready(self) -> None:
        wait_until(self.is_up, 3 * PATIENCE)

    def is_up(self) -> bool:
        try:
            return self.get("/livez").status_code == 200
        except httpx.TransportError:
            return False

    @property
    def worker(self) -> psutil.Process:
        (child,) = psutil.Process(self.process.pid).children()
        return child


@pytest.fixture
def start_pages(transactional_db: None, tmp_path: Path) -> Iterator[Callable[..., Pages]]:
    started: list[Pages] = []

    def start(**changes: Any) -> Pages:
        started.append(Pages(tmp_path / f"pages{len(started)}.log", **changes))
        return started[-1]

    yield start
    for pages in started:
        pages.process.send_signal(signal.SIGQUIT)  # not gracefully
        pages.process.wait(PATIENCE)


def send(port: int) -> socket.socket:
    """Send a POST that a proxy would not send again."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    connection.sendall(POST)
    return connection


def test_requests_that_wait_when_gunicorn_stops_are_answered(start_pages: Callable[..., Pages]) -> None:
    """The process is asleep while they arrive, so that all of them wait when it wakes up to stop."""
    pages = start_pages()
    worker = pages.worker
    os.kill(worker.pid, signal.SIGSTOP)
    wait_until(lambda: worker.status() == psutil.STATUS_STOPPED)  # of two signals that wait, SIGTERM would come first
    connections = [send(pages.port) for _ in range(WAITING)]
    pages.process.send_signal(signal.SIGTERM)
    wait_until(lambda: signal_is_pending(worker.pid, signal.SIGTERM))
    os.kill(worker.pid, signal.SIGCONT)
    answers = [connection.recv(100).split(b" ")[1:2] for connection in connections]
    for connection in connections:
        connection.close()
    assert (len(answers), answers.count([b"204"])) == (WAITING, WAITING)
    assert pages.process.wait(PATIENCE) == 0


def signal_is_pending(pid: int, sign: int) -> bool:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    waits = {line.split()[0]: int(line.split()[1], 16) for line in lines if line.startswith(("SigPnd", "ShdPnd"))}
    return any(mask >> (sign - 1) & 1 for mask in waits.values())


def test_gunicorn_asks_for_no_more_visitors_before_it_stops(start_pages: Callable[..., Pages]) -> None:
    pages = start_pages(DRAIN_SECONDS="300")
    with httpx.Client(base_url=pages.url, timeout=PATIENCE) as proxy:
        assert "close" not in proxy.get("/livez").headers.get("Connection", "")
        pages.process.send_signal(signal.SIGTERM)
        wait_until(lambda: pages.get("/readyz").json()["status"] == "draining")
        answers = [proxy.get("/livez"), proxy.post("/csp-report/", content=REPORT), proxy.get("/readyz")]
    assert [answer.headers["Connection"] for answer in answers] == ["close"] * 3
    assert [answer.status_code for answer in answers] == [200, 204, 503]


def test_gunicorn_refuses_connections_once_it_has_stopped_listening(start_pages: Callable[..., Pages]) -> None:
    """While a request is being answered, a proxy finds nobody listening, and asks the next server."""
    pages = start_pages()
    slow = socket.create_connection(("127.0.0.1", pages.port), timeout=PATIENCE)
    slow.sendall(POST[:-1])  # its last byte is still to come
    wait_until(lambda: len(pages.worker.net_connections()) > 1)
    pages.process.send_signal(signal.SIGTERM)
    wait_until(lambda: not is_listening(pages.port))
    assert pages.process.poll() is None
    slow.sendall(POST[-1:])
    assert slow.recv(100).split(b" ")[1] == b"204"
    slow.close()
    assert pages.process.wait(PATIENCE) == 0


def is_listening(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
    except ConnectionRefusedError:
        return False
    return True
