"""A phone that does not read what it is sent must not fill the server's memory."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from django.db import connection

from jams.models import Entry, Jam
from songs.models import Song
from tests.builders import make_entry, make_jam
from tests.servers import PATIENCE, Server, wait_until
from tests.visitors import Follower, follow, until

SONGS, LONG = 80, "long " * 36  # a queue of some 200 kB: the network itself takes in several of them
BOARDS = 60


@asynccontextmanager
async def phone_that_does_not_read(server: Server, slug: str) -> AsyncIterator[socket.socket]:
    """A WebSocket by hand: it shakes hands, and its window closes behind that."""
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    narrow.connect(("127.0.0.1", server.port))
    key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    own = f"Host: 127.0.0.1:{server.port}\r\nOrigin: {server.url}\r\n"
    line = f"GET /ws/jams/{slug}/ HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    narrow.sendall(f"{line}{own}{key}\r\n".encode())
    try:
        yield narrow
    finally:
        narrow.close()


def is_followed_by(server: Server, sockets: int) -> bool:
    """Return whether the server counts so many live sockets."""
    return server.read_metric("jamsite_sockets") == sockets


def read_to_the_end(narrow: socket.socket) -> None:
    """Read what is in the window until the server's hanging up shows; raises TimeoutError when it has not."""
    narrow.settimeout(PATIENCE)
    with suppress(ConnectionError):
        while narrow.recv(65536):
            pass


def grow(jam: Jam) -> int:
    entry = make_entry(jam=jam)
    connection.close()
    return entry.pk


def has_counted(follower: Follower, entry_id: int) -> Callable[[], bool]:
    return lambda: entry_id in follower.counts


def test_a_socket_that_does_not_read_is_closed_and_the_others_go_on(start_server: Callable[..., Server]) -> None:
    server = start_server(LIVE_TICK_SECONDS="0.05", LIVE_RECHECK_SECONDS="0.1", BOARD_CACHE_SECONDS="1")
    jam = make_jam()
    songs = Song.objects.bulk_create(Song(title=f"Long {number} {LONG}", artist=LONG) for number in range(SONGS))
    Entry.objects.bulk_create(Entry(jam=jam, song=song) for song in songs)

    async def scenario() -> None:
        async with phone_that_does_not_read(server, jam.slug) as narrow, follow(server, jam.slug) as follower:
            listening = asyncio.create_task(follower.listen())
            await asyncio.to_thread(wait_until, lambda: is_followed_by(server, 2))
            for _ in range(BOARDS):
                entry_id = await asyncio.to_thread(grow, jam)
                await until(has_counted(follower, entry_id))
                if await asyncio.to_thread(is_followed_by, server, 1):
                    break
            await asyncio.to_thread(wait_until, lambda: is_followed_by(server, 1))
            await asyncio.to_thread(read_to_the_end, narrow)
            assert not listening.done()
            listening.cancel()

    asyncio.run(scenario())
