"""nginx's file for one small machine, as it is, in front of a real server."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.network import find_free_port
from operations.management.commands.split import wait_for_port
from tests.builders import make_entry
from tests.programs import find_program
from tests.servers import PATIENCE, ROOT, Server
from tests.visitors import Visit, follow

pytestmark = pytest.mark.once
PROMETHEUS = "10.1.2.3"
FORGED = {"X-Real-IP": PROMETHEUS, "X-Forwarded-For": PROMETHEUS, "Forwarded": f"for={PROMETHEUS}"}


def configure_small_machine(folder: Path, *, port: int, server: Server) -> list[str]:
    """Write nginx's file for one machine, with what Debian has around it; return the line that runs it."""
    site = (ROOT / "deploy" / "nginx" / "site.conf").read_text()
    site = site.replace("127.0.0.1:8000", f"127.0.0.1:{server.port}").replace("listen 80;", f"listen {port};")
    places = "".join(f"{name}_temp_path {folder}/{name};" for name in ("proxy", "fastcgi", "uwsgi", "scgi"))
    user = "user root;" if os.geteuid() == 0 else ""
    http = f"access_log off; client_body_temp_path {folder}/body; {places} {site}"
    main = f"daemon off; pid {folder}/pid; error_log stderr warn; worker_rlimit_nofile 16384;"
    (folder / "nginx.conf").write_text(f"{user} {main} events {{ worker_connections 4096; }} http {{ {http} }}")
    return [str(shutil.which("nginx")), "-p", str(folder), "-c", str(folder / "nginx.conf")]


@pytest.fixture
def behind_nginx(start_server: Callable[..., Server], tmp_path: Path) -> Iterator[Server]:
    """The server at the address of nginx; visitors can reach its own port as well, which a firewall should prevent."""
    find_program("nginx", "nginx-light")
    server = start_server(TRUSTED_PROXIES="1", METRICS_ADDRESSES=PROMETHEUS)
    front = find_free_port()
    with subprocess.Popen(configure_small_machine(tmp_path, port=front, server=server)) as nginx:
        wait_for_port(front, seconds=PATIENCE)
        server.port = front
        yield server
        nginx.terminate()


def test_pages_votes_and_sockets_pass_through_nginx(behind_nginx: Server, visit: Visit) -> None:
    entry = make_entry()
    visitor = visit(behind_nginx, entry.jam)
    assert visitor.tap(entry).status_code == 200

    async def look() -> str:
        async with follow(behind_nginx, entry.jam.slug) as follower:
            return str(await asyncio.wait_for(follower.socket.recv(), PATIENCE))

    assert entry.song.title in asyncio.run(look())


def test_a_forged_address_opens_no_metrics(behind_nginx: Server) -> None:
    """It stands in a header that the proxy sets; what a visitor wrote into it never arrives."""
    behind_nginx.expect("Forbidden: /metrics")
    each = [{name: value} for name, value in FORGED.items()]
    assert [behind_nginx.get("/metrics", headers=forged).status_code for forged in (*each, FORGED)] == [403] * 4
