"""Whatever happens on the way, every page ends on what the database holds."""

import asyncio
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count

from jams.models import Entry
from tests.builders import make_entry, make_jam
from tests.servers import Server
from tests.visitors import Follower, Visit, follow, until

SOCKETS, VISITORS, VOTES = 30, 20, 400


def counted(entries: list[Entry]) -> dict[int, int]:
    rows: Any = Entry.objects.filter(pk__in=[entry.pk for entry in entries]).annotate(n=Count("votes"))
    counts = {row.pk: row.n for row in rows}
    connection.close()  # this thread's own
    return counts


async def listen_on(servers: list[Server], slug: str, stack: AsyncExitStack) -> list[Follower]:
    sockets = [await stack.enter_async_context(follow(server, slug)) for server in servers for _ in range(SOCKETS)]
    for socket in sockets:
        await socket.next_frame()
    return sockets


def test_every_socket_shows_what_the_database_holds(
    server: Server, visit: Visit, start_server: Callable[..., Server]
) -> None:
    """On two processes where they share a cache and a channel layer; in memory there can be only one."""
    servers = [server, start_server()] if settings.REDIS_URL else [server]
    jam = make_jam()
    entries = [make_entry(jam=jam) for _ in range(12)]
    visitors = [visit(servers[number % len(servers)], jam) for number in range(VISITORS)]
    dice = random.Random(7)
    taps = [(dice.choice(visitors), dice.choice(entries), dice.random() < 0.7) for _ in range(VOTES)]

    def vote() -> set[int]:
        with ThreadPoolExecutor(8) as threads:
            return set(threads.map(lambda tap: tap[0].tap(tap[1], wanted=tap[2]).status_code, taps))

    async def scenario() -> None:
        async with AsyncExitStack() as stack:
            sockets = await listen_on(servers, jam.slug, stack)
            listening = [asyncio.create_task(socket.listen()) for socket in sockets]
            assert await asyncio.to_thread(vote) == {200}
            truth = await asyncio.to_thread(counted, entries)
            await until(lambda: all(socket.counts == truth for socket in sockets))
            for task in listening:
                task.cancel()

    asyncio.run(scenario())
