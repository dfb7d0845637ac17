"""Serve Jamsite with daphne; on request, migrate, collect static files and load the demo first."""

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

from accounts.services.first_account import build_setup_url
from core.network import find_lan_address
from core.postgres import lift_statement_limit
from core.reachability import describe_unreachable_database
from demo.logins import read_logins
from jams.live.hub import MAX_MESSAGE_BYTES
from operations.server.draining import draining
from operations.server.processes import WorkerSupervisor, raise_file_limit
from operations.server.protocols import HTTPFactory, WebSocketProtocol
from operations.server.shutdown import shut_down_gracefully
from operations.server.static_files import collect_static_files_if_changed

MAX_FRAME_BYTES = 4096  # of incoming frames: the pages send nothing over their sockets
HTTP_TIMEOUT_SECONDS = 30  # for a response


class Server(daphne.Server):  # type: ignore[misc]  # daphne has no type hints
    """daphne with a monotonic clock and our protocols, which remembers the ports it listens on.

    daphne times requests and pings by the time of day. If the clock jumped ahead by an hour, it would cut off every
    response in progress; if it jumped back, daphne would stop pinging phones.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for module in (daphne, http_protocol, ws_protocol):
            module.time = SimpleNamespace(time=time.monotonic)
        daphne.HTTPFactory = HTTPFactory
        self.ports: list[Any] = []

    def listen_success(self, port: Any) -> None:
        """Remember `port`, and have broken frames answered with a close code (1002, 1007, 1009), not just dropped.

        Setting one of autobahn's options resets the others, so daphne's `allowNullOrigin` is repeated: the middleware
        refuses the origin "null" itself.
        """
        super().listen_success(port)
        self.ports.append(port)
        self.ws_factory.protocol = WebSocketProtocol
        self.ws_factory.setProtocolOptions(failByDrop=False, allowNullOrigin=True)


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
        raise_file_limit()
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
        if sentence := describe_unreachable_database():
            raise CommandError(sentence)
        with lift_statement_limit():
            call_command("migrate", interactive=False, verbosity=0)
        collect_static_files_if_changed()

    def load_demo(self) -> None:
        if not get_user_model().objects.exists():
            self.stdout.write("Loading the demo ...")
            call_command("seed_demo", verbosity=0)

    def announce(self, port: int, *, demo: bool) -> None:
        """Print the site's addresses, and the demo's logins or the link that makes a new site's first account."""
        lines = ["Jamsite is ready.", f"  On this computer   http://127.0.0.1:{port}"]
        if lan := find_lan_address():
            lines.append(f"  On phones nearby   http://{lan}:{port}")
        if settings.BASE_URL:
            lines.append(f"  For everyone       {settings.BASE_URL}")
        if demo:
            lines += format_demo_logins()
        elif url := build_setup_url(settings.BASE_URL or f"http://127.0.0.1:{port}"):
            lines.append(f"  First account      {url}")
            if lan and not settings.BASE_URL:
                lines.append(f"  ... on a phone     {build_setup_url(f'http://{lan}:{port}')}")
        self.stdout.write("\n".join([*lines, "Press Ctrl-C to stop."]))
        self.stdout.flush()


def format_demo_logins() -> list[str]:
    """Return a line for each demo account."""
    logins = read_logins() or {}
    return [f"  Log in at /host/   {name} (password: {password})" for name, password in logins.items()]


def open_listener(host: str, port: int) -> socket.socket:
    """Return a socket that listens on `host` and `port`. Raises CommandError when that is not possible.

    It is opened before anything else is done, so that a port that is in use is reported at once, and nobody else can
    take the port in the meantime.
    """
    try:
        return socket.create_server((host, port), backlog=511)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
    except OverflowError:
        reason = "ports must be between 1 and 65535"
    raise CommandError(f"Cannot listen on {host} port {port}: {reason}. Choose another port, for example PORT=8001.")


def build_server(listener: socket.socket) -> Server:
    """Return a daphne that takes over `listener`.

    It keeps a socket open as long as its phone answers pings. Behind a proxy the visitor's address comes from
    X-Real-IP, which the proxy sets: visitors can put anything into X-Forwarded-For.
    """
    proxied = settings.TRUSTED_PROXIES > 0
    return Server(
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
    )


def stop_on_signals(server: Server, drain_seconds: float) -> None:
    """Shut down gracefully on Ctrl-C and SIGTERM. A second signal stops the server at once.

    On SIGTERM the server first keeps serving for `drain_seconds`, while /readyz asks the load balancer for no more
    visitors.
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
    """Start the graceful shutdown, and stop once it is finished."""
    requests = server.application.application_mapping["http"]
    task = asyncio.get_event_loop().create_task(shut_down_gracefully(server.ports, requests))
    task.add_done_callback(lambda _task: stop_reactor())


def stop_reactor() -> None:
    """Stop Twisted's reactor, which may have been stopped already by an earlier signal."""
    with suppress(ReactorNotRunning):
        reactor.stop()  # type: ignore[misc]  # the reactor is a module to mypy
