"""Floods through the proxies of `deploy/`, as one address sends them; another address is served all the while."""

import asyncio
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake
from websockets.typing import Origin

from core.network import find_free_port
from jams.models import Jam
from operations.management.commands.split import configure_nginx, wait_for_port
from tests.attacks.test_server_floods import GIGABYTE, head
from tests.builders import make_jam
from tests.faults.front import HAPROXY, TEMPLATE, name_servers
from tests.live.test_small_machine import configure_small_machine
from tests.programs import find_program
from tests.servers import PATIENCE, ROOT, Server, wait_until

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]
FLOODER, GUEST = "127.0.0.1", "127.0.0.2"
SOCKETS, PHONES = 600, 300  # what one address may hold, and what a full bar needs
FORGED = {"X-Request-ID": "forged", "X-Real-IP": "10.1.2.3", "X-Forwarded-For": "10.1.2.3", "Forwarded": "for=10.1.2.3"}
FILES = ("split.conf", "site.conf", "haproxy.cfg")


def configure(name: str, server: Server, folder: Path, port: int) -> list[str]:
    """Write the proxy's configuration, with `server` for pages and sockets alike; return the line that runs it."""
    if name != "haproxy.cfg":
        find_program("nginx", "nginx-light")
    if name == "split.conf":
        return configure_nginx(folder, port=port, pages=[server.port], sockets=[server.port])
    if name == "site.conf":
        return configure_small_machine(folder, port=port, server=server)
    text = TEMPLATE.sub(lambda found: name_servers(found[1], [server.port], found[2]), HAPROXY.read_text())
    (folder / name).write_text(text.replace("bind :8080", f"bind 127.0.0.1:{port}"))
    return [find_program("haproxy"), "-db", "-f", str(folder / name)]


@contextmanager
def running(line: list[str], port: int) -> Iterator[None]:
    with subprocess.Popen(line, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as proxy:
        try:
            wait_for_port(port, seconds=PATIENCE)
            yield
        finally:
            proxy.terminate()


class Front:
    """The site at the address of a proxy."""

    def __init__(self, name: str, port: int) -> None:
        self.name, self.port = name, port

    def get(self, path: str, *, address: str = GUEST, **headers: str) -> httpx.Response:
        with httpx.Client(transport=httpx.HTTPTransport(local_address=address), timeout=PATIENCE) as client:
            return client.get(f"http://127.0.0.1:{self.port}{path}", headers=headers)

    async def open(self, jam: Jam, *, address: str) -> ClientConnection | None:
        """Open the socket of `jam`; return None if it is refused."""
        page = f"127.0.0.1:{self.port}"
        more: dict[str, Any] = {"open_timeout": PATIENCE, "ping_interval": None, "local_addr": (address, 0)}
        try:
            return await connect(f"ws://{page}/ws/jams/{jam.slug}/", origin=Origin(f"http://{page}"), **more)
        except (InvalidHandshake, OSError):
            return None

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), PATIENCE, source_address=(FLOODER, 0))


@pytest.fixture(params=FILES)
def front(request: pytest.FixtureRequest, start_server: Callable[..., Server], tmp_path: Path) -> Iterator[Front]:
    name, port = request.param, find_free_port()
    server = start_server(TRUSTED_PROXIES="1", METRICS_ADDRESSES="10.1.2.3")
    server.expect("Content Too Large|Forbidden: /metrics")
    with running(configure(name, server, tmp_path, port), port):
        front = Front(name, port)
        wait_until(lambda: front.get("/livez").status_code == 200)  # HAProxy has to find the server first
        yield front


def test_no_header_of_a_visitor_names_its_address_or_its_request(front: Front) -> None:
    each = [{name: value} for name, value in FORGED.items()]
    answers = [front.get("/metrics", **forged) for forged in (*each, FORGED)]
    assert {answer.status_code for answer in answers} == {403}
    pages = [front.get("/about/", **forged) for forged in (*each, FORGED)]
    assert [page for page in pages if page.headers["X-Request-ID"] in ("", "forged")] == []


def test_a_declared_gigabyte_is_refused_before_it_is_sent(front: Front) -> None:
    with front.connect() as wire:
        wire.sendall(head("/jams/", f"Content-Length: {GIGABYTE}"))
        assert wire.recv(12) == b"HTTP/1.1 413"


def test_one_address_has_the_sockets_of_two_full_bars_and_leaves_room_for_others(front: Front) -> None:
    jam = make_jam()

    async def scenario() -> tuple[int, bool, int]:
        tried = [await front.open(jam, address=FLOODER) for _ in range(SOCKETS + 50)]
        sockets = [found for found in tried if found]
        guest = await front.open(jam, address=GUEST)
        first = "order" in str(await asyncio.wait_for(guest.recv(), PATIENCE)) if guest else False
        status = (await asyncio.to_thread(front.get, jam.get_absolute_url())).status_code
        for found in (*sockets, guest):
            if found:
                found.transport.abort()
        return len(sockets), first, status

    assert asyncio.run(scenario()) == (SOCKETS, True, 200)
    assert SOCKETS >= 2 * PHONES


@pytest.mark.parametrize("front", ["split.conf", "site.conf"], indirect=True)
def test_connections_that_ask_for_nothing_keep_nobody_out(front: Front) -> None:
    """nginx lets go of idle ones when it has no more to give."""
    jam = make_jam()
    with ExitStack() as stack:
        for _number in range(1500):
            stack.enter_context(front.connect())
        assert front.get(jam.get_absolute_url()).status_code == 200
