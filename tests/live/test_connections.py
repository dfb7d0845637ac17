"""What a socket opened is closed when it goes: phones come and go all night."""

import asyncio
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import redis
from django.conf import settings
from django.db import connection

from tests.builders import make_entry
from tests.servers import Server, wait_until
from tests.visitors import follow

AT_ONCE, WAVES = 100, 10


def held(server: Server) -> dict[str, int]:
    """Return what the server holds open: files and sockets, connections to the database and to Redis."""
    found = {"files": len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))}
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
            found["database"] = cursor.fetchone()[0]
    if settings.REDIS_URL:
        with redis.from_url(settings.REDIS_URL) as client:
            found["redis"] = len(client.client_list())
    return found


def grown(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    """Return what there is more of, by more than the few that a pool or a thread opens on its first use."""
    return {name: after[name] - number for name, number in before.items() if after[name] > number + 3}


async def wave(server: Server, slug: str) -> None:
    """A hundred phones connect, get their board, and go."""
    async with AsyncExitStack() as stack:
        phones = await asyncio.gather(*(stack.enter_async_context(follow(server, slug)) for _ in range(AT_ONCE)))
        await asyncio.gather(*(phone.next_frame() for phone in phones))


def test_a_thousand_sockets_leave_no_connection_behind(server: Server) -> None:
    slug = make_entry().jam.slug
    asyncio.run(wave(server, slug))
    before = held(server)

    async def scenario() -> None:
        for _ in range(WAVES):
            await wave(server, slug)

    asyncio.run(scenario())
    with suppress(TimeoutError):  # the last phones' good-byes are on their way
        wait_until(lambda: not grown(before, held(server)))
    assert grown(before, held(server)) == {}
