"""People without a browser: they vote over real HTTP and listen on real sockets."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from jams.live.hub import HEARTBEAT
from jams.models import Entry, Jam
from tests.servers import PATIENCE, Server

VOTES = re.compile(r'id="votes-(\d+)"[^>]*>(\d+)<')
ORDER = re.compile(r'id="board-order" value="(\d+)"')


class Visitor:
    """One browser at one jam: it has opened the page, and so holds its cookies."""

    def __init__(self, server: Server, jam: Jam) -> None:
        self.http = httpx.Client(base_url=server.url, timeout=PATIENCE)
        self.page = jam.get_absolute_url()
        self.html = self.http.get(self.page).raise_for_status().text

    def tap(self, entry: Entry, *, wanted: bool = True) -> httpx.Response:
        headers = {"X-CSRFToken": self.http.cookies["csrftoken"], "HX-Request": "true"}
        return self.http.request("PUT" if wanted else "DELETE", f"{self.page}songs/{entry.pk}/vote/", headers=headers)

    def say(self, address: str, **data: str) -> httpx.Response:
        """Post a form to an address below the jam's, as htmx does."""
        headers = {"X-CSRFToken": self.http.cookies["csrftoken"], "HX-Request": "true"}
        return self.http.post(f"{self.page}{address}", data=data, headers=headers)


#: Open the page of a jam on a server as one more person.
Visit = Callable[[Server, Jam], Visitor]


def counts_in(html: str) -> dict[int, int]:
    """Return the votes that a page or a frame tells, by the entry's id."""
    return {int(entry_id): int(votes) for entry_id, votes in VOTES.findall(html)}


@dataclass
class Follower:
    """A socket and all that it has been told; `counts` is the state that its page would show."""

    socket: ClientConnection
    frames: list[str] = field(default_factory=list)
    counts: dict[int, int] = field(default_factory=dict)
    order: int = 0

    async def listen(self) -> None:
        """Take in frames for ever."""
        async for frame in self.socket:
            self.take(str(frame))

    def take(self, frame: str) -> None:
        if frame == HEARTBEAT:
            return
        self.frames.append(frame)
        self.counts |= counts_in(frame)
        if found := ORDER.search(frame):
            self.order = int(found[1])

    async def next_frame(self) -> str:
        """Return the next frame; raises TimeoutError when there is none within PATIENCE."""
        while (frame := str(await asyncio.wait_for(self.socket.recv(), PATIENCE))) == HEARTBEAT:
            pass
        self.take(frame)
        return frame


PATIENTLY: dict[str, Any] = {"open_timeout": PATIENCE, "close_timeout": PATIENCE, "ping_timeout": PATIENCE}


@asynccontextmanager
async def follow(server: Server, slug: str, *, origin: str | None = None, query: str = "") -> AsyncIterator[Follower]:
    """Open the live socket of a jam, as a page of the server itself unless `origin` says another."""
    address = f"{server.websocket_url}/ws/jams/{slug}/{query}"
    async with connect(address, origin=Origin(origin or server.url), max_size=2**22, **PATIENTLY) as socket:
        yield Follower(socket)


async def until(condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Wait until `condition()` holds; raises TimeoutError after `seconds`."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)
