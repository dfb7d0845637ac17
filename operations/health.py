"""Health checks: is this process alive (`/livez`), and can it serve visitors (`/readyz`)?

Both, and `/metrics`, answer before any other middleware: a probe sends no cookie, does not use HTTPS and puts any name
into the Host header. The answers are public, so they name the part that has a problem but never its error message.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from channels.layers import get_channel_layer
from django.core.cache import cache as django_cache
from django.db import DatabaseError, InterfaceError, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

from core.caching import generations
from core.counters import Rate, get_wait
from core.version import VERSION
from jams.live.hub import announcer
from jobs.models import Worker
from operations.metrics_view import metrics
from operations.server.draining import draining

OK, DEGRADED, DOWN = "ok", "degraded", "down"  # from best to worst
DATABASE_TIMEOUT_SECONDS = 2.0
CHANNEL_LAYER_TIMEOUT_SECONDS = 1.0


class HealthMiddleware:
    """Answers health checks and metrics, and passes every other request on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        view = {"/livez": livez, "/readyz": readyz, "/metrics": metrics}.get(request.path_info)
        return view(request) if view else self.get_response(request)


def livez(request: HttpRequest) -> HttpResponse:
    """Return 200 while the process can respond at all; it checks nothing else."""
    return _health_response({"status": OK, "version": VERSION})


def readyz(request: HttpRequest) -> HttpResponse:
    """Return 200 while visitors can be served, else 503. Without cache, live updates or jobs they still are."""
    parts = check_parts()
    status = "draining" if draining.is_set() else max(parts.values(), key=(OK, DEGRADED, DOWN).index)
    return _health_response({"status": status, "parts": parts}, status=200 if status in (OK, DEGRADED) else 503)


def check_parts() -> dict[str, str]:
    """Return the status of each part: OK, DEGRADED or DOWN."""
    parts = _database_check.run(DATABASE_TIMEOUT_SECONDS)
    return parts | {"cache": _check_cache(), "counters": _check_counters(), "channel_layer": _check_channel_layer()}


def _health_response(content: dict[str, Any], *, status: int = 200) -> HttpResponse:
    return JsonResponse(content, status=status, headers={"Cache-Control": "no-store"})


class _DatabaseCheck:
    """Checks the database, its migrations and the worker in a separate thread.

    A query that hangs delays no probe beyond its timeout, and no second query is sent while one is pending.
    """

    UNREACHABLE = {"database": DOWN, "migrations": DOWN, "worker": DEGRADED}

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.pending: Future[dict[str, str]] | None = None
        self.migrated = False

    def run(self, seconds: float) -> dict[str, str]:
        """Return the status of each part; the database counts as down when it takes longer than `seconds`."""
        with self.lock:
            if self.pending is None or self.pending.done():
                self.pending = Future()
                threading.Thread(target=self._resolve, args=(self.pending,), name="health", daemon=True).start()
            pending = self.pending
        try:
            return dict(pending.result(seconds))
        except TimeoutError:
            return dict(self.UNREACHABLE)

    def _resolve(self, pending: Future[dict[str, str]]) -> None:
        try:
            pending.set_result(self.query())
        except (DatabaseError, InterfaceError):
            pending.set_result(self.UNREACHABLE)
        finally:
            connections.close_all()

    def query(self) -> dict[str, str]:
        """Query the database now. Raises DatabaseError or InterfaceError when it is unreachable."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        self.migrated = self.migrated or not _unapplied_migrations()  # they are not undone while this process runs
        if not self.migrated:
            return {"database": OK, "migrations": DOWN, "worker": DEGRADED}
        return {"database": OK, "migrations": OK, "worker": OK if Worker.objects.alive().exists() else DEGRADED}


_database_check = _DatabaseCheck()


def _unapplied_migrations() -> list[Any]:
    executor = MigrationExecutor(connection)
    return executor.migration_plan(executor.loader.graph.leaf_nodes())


def _check_cache() -> str:
    """`add` returns None, neither True nor False, when the cache is unreachable."""
    return DEGRADED if generations.is_cache_down() or django_cache.add("health", 1, 1) is None else OK


def _check_counters() -> str:
    return DEGRADED if get_wait("health", Rate(1, 1)) is None else OK


def _check_channel_layer() -> str:
    sent = asyncio.run_coroutine_threadsafe(_send_probe(), announcer.loop())
    try:
        sent.result(CHANNEL_LAYER_TIMEOUT_SECONDS)
    except Exception:  # noqa: BLE001  any error that the layer's client raises while its server is unreachable
        sent.cancel()
        return DEGRADED
    return OK


async def _send_probe() -> None:
    """Send a message to a group that no socket has joined."""
    await get_channel_layer().group_send("health", {"type": "nobody.listens"})
