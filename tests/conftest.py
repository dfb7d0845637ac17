"""What every test may ask for; docs/development.md tells how the fixtures hang together."""

import gc
import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import hypothesis
import pytest
from django.apps import apps
from django.core.cache import cache
from django.core.management.commands import flush
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker

from core import circuit_breaker, s3_storage, safe_http, web_push
from core.caching import generation_reader, generations
from core.caching.local_lru import LocalLRU
from core.counters import breaker, get_counters
from jams.models import Jam
from operations.live_metrics import MetricsRecorder
from songs import instruments
from songs.instruments import build_shipped_catalogue
from tests.servers import PATIENCE, Server
from tests.visitors import Visit, Visitor

pytest_plugins = ["tests.phones", "tests.shares", "tests.writes"]
hypothesis.settings.register_profile(  # as slow as the machine is, and the same examples every time
    "jamsite", deadline=None, derandomize=True, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("jamsite")
NOW = time.time()


# Importing the server starts a thread that writes to the cache: in the tests' own process it would be seen by those
# that count what goes to the cache, or set the time. The servers that tests start are processes of their own.
pytest.MonkeyPatch().setattr(MetricsRecorder, "start", lambda self: None)


def wait_patiently(patch: pytest.MonkeyPatch) -> None:
    """Give up no server of the tests for being slow, as `tests/patient_settings.py` does for database and cache."""
    patch.setattr(generation_reader, "TIMEOUT_SECONDS", float(PATIENCE))
    patch.setattr(safe_http, "CONNECT_SECONDS", float(PATIENCE))
    patch.setattr(safe_http, "TOTAL_SECONDS", float(PATIENCE))
    patch.setattr(web_push, "SEND_SECONDS", float(PATIENCE))
    for name in ("connect_timeout", "read_timeout"):
        patch.setitem(s3_storage.CLIENT_CONFIG, name, PATIENCE)


wait_patiently(pytest.MonkeyPatch())


CATALOGUE = build_shipped_catalogue()  # once: it never changes, and takes longer than most tests


def know_shipped_instruments(patch: pytest.MonkeyPatch) -> None:
    """Know the instruments of a new site without a query, and until one of them changes."""
    patch.setattr(instruments.store, "_kept", CATALOGUE)
    patch.setattr(instruments.store, "_good_until", math.inf)


know_shipped_instruments(pytest.MonkeyPatch())  # for what is read while tests are collected


def pytest_collection_finish() -> None:
    """Let no garbage collection look again at what is loaded by now: it is a lot, and it stays until the end."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Stop before the first row is written when the tests' own process is not on the tests' own database."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT current_database()")
            assert cursor.fetchone() == (connection.settings_dict["NAME"],)
        restore = remember_rows()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush, "emit_post_migrate_signal", restore)
        yield


def remember_rows() -> Callable[..., None]:
    """Return a function that puts back the rows which are there now: content types, permissions, the hosts' group.

    Django empties all tables after a test with transactions and then makes these rows again, one app after the other,
    which takes far longer than the test.
    """
    tables = [(model, list(model._base_manager.all())) for model in apps.get_models(include_auto_created=True)]

    def restore(*_arguments: object, **_options: object) -> None:
        with transaction.atomic():
            for model, rows in tables:
                model._base_manager.bulk_create(rows)

    return restore


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def _known_instruments(monkeypatch: pytest.MonkeyPatch) -> None:
    know_shipped_instruments(monkeypatch)


@pytest.fixture(autouse=True)
def _frozen_rate_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test empty counters and a clock that stands still, so that a slow machine changes nothing."""
    monkeypatch.setattr("core.rate_limits._known_clients", LocalLRU())
    get_counters.cache_clear()
    clock = SimpleNamespace(time=lambda: NOW, monotonic=lambda: NOW)
    for module in ("core.counters", "limits.storage.redis"):
        monkeypatch.setattr(f"{module}.time", clock)


@pytest.fixture(autouse=True)
def _steady_breakers(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has failed is left alone until a test says otherwise, but not by the next test."""
    monkeypatch.setattr(circuit_breaker, "COOLDOWN_SECONDS", 3600.0)
    for kept in (breaker, generations.health):
        monkeypatch.setattr(kept, "down_until", 0.0)


@pytest.fixture(scope="session")
def server_process(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: object
) -> Iterator[Server]:
    """The suite is one address, and opens hundreds of browsers in a few minutes."""
    process = Server(
        tmp_path_factory.mktemp("server") / "server.log",
        NEWCOMER_RATE="1000000/m",
        ADDRESS_RATE="1000000/m",
        SEARCH_ADDRESS_RATE="1000000/m",
    )
    yield process
    assert process.stop() == 0
    assert process.unexpected() == []


@pytest.fixture
def server(server_process: Server, transactional_db: None) -> Iterator[Server]:
    """A real server on the test database, shared by all tests; it must have nothing to complain about.

    No request of this test is still being answered when its rows are removed.
    """
    yield server_process
    server_process.settle()
    found = server_process.unexpected()
    server_process.turn_over()
    assert found == []


@pytest.fixture
def start_server(transactional_db: None, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """A factory of further servers on the test database: `start_server(VOTE_RATE="1/m")`."""
    processes: list[Server] = []

    def start(*, port: int | None = None, **changes: str) -> Server:
        processes.append(Server(tmp_path / f"server{len(processes)}.log", port=port, **changes))
        return processes[-1]

    yield start
    for process in processes:
        process.stop()
    assert [line for process in processes for line in process.unexpected()] == []


@pytest.fixture
def visit() -> Iterator[Visit]:
    """Open the page of a jam on a server as one more person."""
    visitors: list[Visitor] = []

    def visit(server: Server, jam: Jam) -> Visitor:
        visitors.append(Visitor(server, jam))
        return visitors[-1]

    yield visit
    for visitor in visitors:
        visitor.http.close()
