"""Serve Jamsite with daphne, and make everything ready for it when asked to."""

import asyncio
import os
import signal
import socket
import time
from argparse import ArgumentParser
from contextlib import nullcontext, suppress
from types import SimpleNamespace
from typing import Any

from daphne import http_protocol, ws_protocol
from daphne import server as daphne
from daphne.endpoints import build_endpoint_description_strings
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils.module_loading import import_string
from twisted.internet import reactor
from twisted.internet.error import ReactorNotRunning

from core.network import find_lan_address
from demo.logins import read_logins
from operations.health import draining
from operations.server.processes import WorkerSupervisor
from operations.server.shutdown import shut_down_gracefully
from operations.server.static_files import collect_static_files_if_changed

MAX_FRAME_BYTES = 4096  # bytes, of what comes in: the pages send nothing over their sockets
MAX_MESSAGE_BYTES = 1024 * 1024  # bytes, both ways: autobahn silently drops a larger one, and a whole board is one
HTTP_TIMEOUT_SECONDS = 30  # seconds until a request that is not answered is given up


class Server(daphne.Server):
    """daphne, with a hand on the ports that it listens on, and with a clock that nobody can set.

    It measures requests and pings by the time of day: an hour's jump would cut off every answer that is on its way, and
    a jump back would keep it from asking phones whether they are there.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for module in (daphne, http_protocol, ws_protocol):
            module.time = SimpleNamespace(time=time.monotonic)
        self.ports: list[Any] = []

    def listen_success(self, port: Any) -> None:
        super().listen_success(port)
        self.ports.append(port)


class Command(BaseCommand):
    help = "Serve the site with daphne until Ctrl-C or SIGTERM."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=settings.BIND, help="The address to listen on (default: %(default)s).")
        parser.add_argument(
            "--port", type=int, default=settings.PORT, help="The port to listen on (default: %(default)s)."
        )
        parser.add_argument("--prepare", action="store_true", help="Run migrations and collect static files first.")
        parser.add_argument("--worker", action="store_true", help="Also run a worker for background jobs.")
        parser.add_argument("--demo", action="store_true", help="Load the demo if the database is empty.")
        parser.add_argument("--quiet", action="store_true", help="Don't print the site's addresses.")

    def handle(self, **options: Any) -> None:
        with open_listener(options["host"], options["port"]) as listener:
            if options["prepare"]:
                self.prepare()
            if options["demo"]:
                self.load_demo()
            with WorkerSupervisor() if options["worker"] else nullcontext():
                port = listener.getsockname()[1]
                server = build_server(listener)
                stop_on_signals(server, settings.DRAIN_SECONDS)
                if not options["quiet"]:
                    self.announce(port, demo=options["demo"])
                server.run()

    def prepare(self) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        collect_static_files_if_changed()

    def load_demo(self) -> None:
        if not get_user_model().objects.exists():
            self.stdout.write("Loading the demo ...")
            call_command("seed_demo", verbosity=0)

    def announce(self, port: int, *, demo: bool) -> None:
        """Say where the site is, for whom, and who may log in."""
        lines = ["Jamsite is ready.", f"  On this computer   http://127.0.0.1:{port}"]
        if lan := find_lan_address():
            lines.append(f"  On phones nearby   http://{lan}:{port}")
        if settings.BASE_URL:
            lines.append(f"  For everyone       {settings.BASE_URL}")
        if demo:
            lines += format_demo_logins()
        self.stdout.write("\n".join([*lines, "Press Ctrl-C to stop."]))
        self.stdout.flush()


def format_demo_logins() -> list[str]:
    """Return a line for each of the demo's accounts that may log in."""
    known = read_logins() or {}
    return [f"  Log in at /admin/  {name} (password: {password})" for name, password in known.items()]


def open_listener(host: str, port: int) -> socket.socket:
    """Return a socket that listens on `host` and `port`; raise CommandError when it cannot.

    It is opened before anything else is done, so that a taken port is known at once and by nobody but us after.
    """
    try:
        return socket.create_server((host, port), backlog=511)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
    except OverflowError:
        reason = "ports must be between 1 and 65535"
    raise CommandError(f"Cannot listen on {host} port {port}: {reason}. Choose another port, for example PORT=8001.")


def build_server(listener: socket.socket) -> Server:
    """Return daphne, set up for rooms full of phones; `listener` is its own from now on.

    It keeps a socket open for as long as its phone answers pings. Behind a proxy the visitor's address is the one that
    the proxy writes into X-Real-IP: X-Forwarded-For may hold what the visitor made up.
    """
    proxied = settings.TRUSTED_PROXIES > 0
    server = Server(
        application=import_string(settings.ASGI_APPLICATION),
        endpoints=build_endpoint_description_strings(file_descriptor=listener.detach()),
        http_timeout=HTTP_TIMEOUT_SECONDS,
        websocket_timeout=-1,
        ping_interval=20,
        ping_timeout=30,
        websocket_max_message_size=MAX_MESSAGE_BYTES,
        websocket_max_frame_size=MAX_FRAME_BYTES,
        proxy_forwarded_address_header="X-Real-IP" if proxied else None,
        proxy_forwarded_proto_header="X-Forwarded-Proto" if proxied else None,
        server_name="",
        signal_handlers=False,
        ready_callable=lambda: send_close_codes(server),
    )
    return server


def send_close_codes(server: Server) -> None:
    """Let autobahn answer a broken frame with its close code (1002, 1007, 1009), where it would just hang up.

    It forgets with this that daphne lets the origin "null" through to us, who refuse it.
    """
    server.ws_factory.setProtocolOptions(failByDrop=False, allowNullOrigin=True)


def stop_on_signals(server: Server, drain_seconds: float) -> None:
    """Stop at Ctrl-C and at SIGTERM: after the requests under way, with the sockets sent elsewhere.

    On SIGTERM first ask the balancer for `drain_seconds` to send no more visitors. A second signal stops at once.
    """

    def stop(signum: int, frame: object) -> None:
        if draining.is_set():
            reactor.callFromThread(stop_reactor)
            return
        draining.set()
        wait = 0 if signum == signal.SIGINT else drain_seconds
        reactor.callFromThread(reactor.callLater, wait, shut_down, server)

    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, stop)


def shut_down(server: Server) -> None:
    """Take leave of everybody, and stop."""
    requests = server.application.application_mapping["http"]
    parting = asyncio.get_event_loop().create_task(shut_down_gracefully(server.ports, requests))
    parting.add_done_callback(lambda _: stop_reactor())


def stop_reactor() -> None:
    with suppress(ReactorNotRunning):  # a signal before stopped it already
        reactor.stop()
