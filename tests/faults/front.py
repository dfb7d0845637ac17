"""Several servers as `deploy/` runs them: gunicorn for pages, daphne for sockets, behind nginx or HAProxy."""

import re
import shlex
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from core.network import find_free_port
from operations.management.commands.split import configure_nginx, gunicorn_command, wait_for_port
from tests.faults.stack import Stack, Web
from tests.programs import find_program
from tests.servers import PATIENCE, ROOT, Server

UNITS = ROOT / "deploy" / "systemd"
HAPROXY = ROOT / "deploy" / "haproxy" / "haproxy.cfg"
TEMPLATE = re.compile(r"server-template (\w+) \d+ \S+ check resolvers names init-addr none(.*)")


def wait_as_its_unit_does(unit: str, port: int) -> None:
    """Run the line by which `systemctl restart` waits until a server is ready."""
    line = re.search(r"^ExecStartPost=(.*)$", (UNITS / unit).read_text(), re.MULTILINE)
    assert line, unit
    subprocess.run(shlex.split(line[1].replace("%i", str(port))), check=True)


class Pages(Web):
    """One gunicorn, as `jamsite-pages@.service` starts it."""

    def command(self) -> list[str]:
        return gunicorn_command(self.port, workers=2, threads=4)

    def wait_until_ready(self) -> None:
        wait_as_its_unit_does("jamsite-pages@.service", self.port)


class Sockets(Web):
    """One daphne, as `jamsite-sockets@.service` starts it."""

    def wait_until_ready(self) -> None:
        wait_as_its_unit_does("jamsite-sockets@.service", self.port)


class Front:
    """Two gunicorn and two daphne on the database and the Valkey of a stack, behind a proxy of their own."""

    def __init__(self, stack: Stack, *, drain_seconds: int) -> None:
        self.stack = stack
        self.changes = {"DRAIN_SECONDS": str(drain_seconds)}
        self.port = find_free_port()
        kinds = [(kind, find_free_port()) for kind in (Pages, Pages, Sockets, Sockets)]
        with ThreadPoolExecutor() as threads:
            self.webs = list(threads.map(lambda one: self.start(*one), kinds))
        self.proxy: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, kind: type[Web], port: int) -> Web:
        return self.stack.new_server(kind, port, **self.changes)

    def roll(self) -> list[int]:
        """Do to each server what `systemctl restart` does, one after the other; return their exit codes."""
        codes = []
        for number, web in enumerate(self.webs):
            codes.append(web.stop())
            self.webs[number] = self.start(type(web), web.port)
        return codes

    def ports_of(self, kind: type[Server]) -> list[int]:
        return [web.port for web in self.webs if isinstance(web, kind)]

    def start_nginx(self, folder: Path) -> None:
        find_program("nginx", "nginx-light")
        self.run_proxy(
            configure_nginx(folder, port=self.port, pages=self.ports_of(Pages), sockets=self.ports_of(Sockets))
        )

    def start_haproxy(self, folder: Path) -> None:
        conf = folder / "haproxy.cfg"
        own = {"pages": self.ports_of(Pages), "sockets": self.ports_of(Sockets)}
        text = TEMPLATE.sub(lambda found: name_servers(found[1], own[found[1]], found[2]), HAPROXY.read_text())
        conf.write_text(text.replace("bind :8080", f"bind 127.0.0.1:{self.port}"))
        self.run_proxy([find_program("haproxy"), "-db", "-f", str(conf)])

    def run_proxy(self, line: list[str]) -> None:
        self.proxy = self.stack.spawn(line, "front")
        wait_for_port(self.port, seconds=PATIENCE)

    def stop(self) -> None:
        if self.proxy:
            self.proxy.terminate()
            self.proxy.wait(PATIENCE)
        for web in self.webs:
            web.stop()


def name_servers(name: str, ports: list[int], options: str) -> str:
    """Return the lines that take the place of a `server-template`, with its options."""
    return "\n    ".join(f"server {name}{port} 127.0.0.1:{port} check{options}" for port in ports)
