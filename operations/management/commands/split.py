"""Serve pages with gunicorn and WebSockets with daphne, at one address behind nginx."""

import os
import shutil
import socket
import sys
import time
from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from core.network import find_free_port
from operations.management.commands.serve import Command as Serve
from operations.server.processes import exit_cleanly_on_signals, manage_command, run_process

START_TIMEOUT_SECONDS = 120  # for each server; loading the code takes a second, and far longer on a busy machine
NGINX_CONF = settings.BASE_DIR / "deploy" / "nginx" / "split.conf"


class Command(Serve):
    help = "Serve pages with gunicorn and WebSockets with daphne, behind nginx, until Ctrl-C or SIGTERM."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--workers", type=int, default=os.cpu_count(), help="Number of gunicorn processes (default: %(default)s)."
        )
        parser.add_argument(
            "--threads", type=int, default=8, help="Threads per gunicorn process (default: %(default)s)."
        )

    def handle(self, **options: Any) -> None:
        if not settings.REDIS_URL:
            raise CommandError("Set REDIS_URL: pages and WebSockets run in separate processes that talk through it.")
        if not shutil.which("nginx"):
            raise CommandError("nginx is missing. Install it, for example: apt-get install nginx")
        if options["prepare"]:
            self.prepare()
        if options["demo"]:
            self.load_demo()
        with TemporaryDirectory(prefix="jamsite-split-") as folder, exit_cleanly_on_signals():
            self.run_servers(Path(folder), **options)

    def run_servers(self, folder: Path, *, port: int, workers: int, threads: int, worker: bool, **options: Any) -> None:
        """Run daphne, gunicorn and nginx until nginx ends. nginx's configuration is written to `folder`."""
        pages, sockets = find_free_port(), find_free_port()
        environment = {**os.environ, "TRUSTED_PROXIES": "1"}
        with ExitStack() as stack:
            stack.enter_context(run_process(daphne_command(sockets, worker=worker), environment))
            stack.enter_context(run_process(gunicorn_command(pages, workers=workers, threads=threads), environment))
            for backend in (sockets, pages):
                wait_for_port(backend, seconds=START_TIMEOUT_SECONDS)
            line = configure_nginx(folder, port=port, pages=[pages], sockets=[sockets])
            nginx = stack.enter_context(run_process(line, environment))
            wait_for_port(port, seconds=START_TIMEOUT_SECONDS)
            self.announce(port, demo=options["demo"])
            nginx.wait()


def daphne_command(port: int, *, worker: bool) -> list[str]:
    """Return daphne's command line. With `worker` it also runs the worker for background jobs."""
    line = manage_command("serve", "--quiet", "--host", "127.0.0.1", "--port", str(port))
    return [*line, "--worker"] if worker else line


def gunicorn_command(port: int, *, workers: int, threads: int) -> list[str]:
    """Return gunicorn's command line. Threads let a process serve requests while others wait for the database."""
    conf = str(settings.BASE_DIR / "gunicorn.conf.py")
    line = [sys.executable, "-m", "gunicorn", "--config", conf, "--bind", f"127.0.0.1:{port}"]
    shape = ["--workers", str(workers), "--threads", str(threads), "--keep-alive", "75", "--log-level", "warning"]
    return [*line, *shape, "jamsite.wsgi:application"]


def configure_nginx(folder: Path, *, port: int, pages: list[int], sockets: list[int]) -> list[str]:
    """Write nginx's configuration for these ports into `folder`; return the command line that runs it."""
    conf = folder / "nginx.conf"
    user = "user root;\n" if os.geteuid() == 0 else ""
    upstreams = {"pages": _format_upstreams(pages), "sockets": _format_upstreams(sockets)}
    places = {"port": port, "folder": folder, "data": settings.STATIC_ROOT.parent}
    conf.write_text(user + NGINX_CONF.read_text() % {**upstreams, **places})
    return [str(shutil.which("nginx")), "-p", str(folder), "-c", str(conf)]


def _format_upstreams(ports: list[int]) -> str:
    return "\n        ".join(f"server 127.0.0.1:{port} max_fails=0;" for port in ports)


def wait_for_port(port: int, *, seconds: float) -> None:
    """Return as soon as this port of 127.0.0.1 accepts connections. Raises TimeoutError after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"Nothing listens on port {port}.")
