"""Is this process alive (`/livez`), and should it be sent visitors (`/readyz`)?

Both, and `/metrics`, answer before any other middleware: a probe has no cookie, no HTTPS, and asks for whatever host
it likes. They tell the public which part is in trouble, and never what it said.
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
from jams.live.hub import announcer
from jobs.models import Worker
from operations.metrics_view import metrics

OK, DEGRADED, DOWN = "ok", "degraded", "down"
DATABASE_TIMEOUT_SECONDS = 2.0  # seconds that the database gets to answer
CHANNEL_LAYER_TIMEOUT_SECONDS = 1.0

#: Set when this process is about to stop: it still answers, and asks to be sent no more.
draining = threading.Event()


class HealthMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = {"/livez": livez, "/readyz": readyz, "/metrics": metrics}.get(request.path_info)
        return answer(request) if answer else self.get_response(request)


def livez(request: HttpRequest) -> HttpResponse:
    """200 while the process can answer at all: nothing that it depends on is asked."""
    return _uncached_response(JsonResponse({"status": OK}))


def readyz(request: HttpRequest) -> HttpResponse:
    """200 when visitors are served, if need be without cache, live updates or background jobs; else 503."""
    parts = {
        **_database_check.ask(DATABASE_TIMEOUT_SECONDS),
        "cache": _check_cache(),
        "channel_layer": _check_channel_layer(),
    }
    status = "draining" if draining.is_set() else worst_status(parts)
    return _uncached_response(
        JsonResponse({"status": status, "parts": parts}, status=200 if status in (OK, DEGRADED) else 503)
    )


def worst_status(parts: dict[str, str]) -> str:
    return max(parts.values(), key=(OK, DEGRADED, DOWN).index)


def _uncached_response(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response


class _DatabaseCheck:
    """What the database says, asked in a thread of its own: one that hangs holds up nobody, and no second is sent."""

    AWAY = {"database": DOWN, "migrations": DOWN, "worker": DEGRADED}

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.pending: Future[dict[str, str]] | None = None
        self.migrated = False

    def ask(self, seconds: float) -> dict[str, str]:
        with self.lock:
            if self.pending is None or self.pending.done():
                self.pending = Future()
                threading.Thread(target=self._answer, args=(self.pending,), name="health", daemon=True).start()
            pending = self.pending
        try:
            return pending.result(seconds)
        except TimeoutError:
            return self.AWAY

    def _answer(self, pending: Future[dict[str, str]]) -> None:
        try:
            pending.set_result(self.look())
        except (DatabaseError, InterfaceError):
            pending.set_result(self.AWAY)
        finally:
            connections.close_all()

    def look(self) -> dict[str, str]:
        """Ask now; raises what Django raises of a database that is away."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        self.migrated = self.migrated or not _unapplied_migrations()  # what was applied stays so while we live
        if not self.migrated:
            return {"database": OK, "migrations": DOWN, "worker": DEGRADED}
        return {"database": OK, "migrations": OK, "worker": OK if Worker.objects.alive().exists() else DEGRADED}


_database_check = _DatabaseCheck()


def _unapplied_migrations() -> list[Any]:
    executor = MigrationExecutor(connection)
    return executor.migration_plan(executor.loader.graph.leaf_nodes())


def _check_cache() -> str:
    """A cache that is away answers None where one that is there says yes or no."""
    return DEGRADED if generations.is_cache_down() or django_cache.add("health", 1, 1) is None else OK


def _check_channel_layer() -> str:
    sent = asyncio.run_coroutine_threadsafe(_send_probe(), announcer.loop())
    try:
        sent.result(CHANNEL_LAYER_TIMEOUT_SECONDS)
    except Exception:  # noqa: BLE001  whatever the layer's client raises while it is away
        sent.cancel()
        return DEGRADED
    return OK


async def _send_probe() -> None:
    await get_channel_layer().group_send("health", {"type": "nobody.listens"})
