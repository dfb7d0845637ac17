"""A wire between two programs that can be cut, or lose what is said on it."""

import asyncio
import random
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

type Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Wire:
    """Passes bytes from `port` to where `reach` leads.

    While `stalled` no byte passes and no connection ends: the other side is simply not heard of any more. `losing` is
    the share of answers that never arrive, their connection closed instead.
    """

    def __init__(self, reach: Callable[[], Awaitable[Ends]], *, losing: float = 0.0) -> None:
        self.reach = reach
        self.losing = losing
        self.lost = 0
        self.random = random.Random(1)
        self.flows = asyncio.Event()
        self.flows.set()
        self.loop = asyncio.new_event_loop()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def up(self) -> Iterator["Wire"]:
        thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        thread.start()
        server = self._do(asyncio.start_server(self._join, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self._do(_end_all())
            self.loop.call_soon_threadsafe(self.loop.stop)
            thread.join()
            self.loop.close()

    @contextmanager
    def stalled(self) -> Iterator[None]:
        self.loop.call_soon_threadsafe(self.flows.clear)
        try:
            yield
        finally:
            self.loop.call_soon_threadsafe(self.flows.set)

    def _do[T](self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self.flows.wait()
        try:
            far_reader, far_writer = await self.reach()
        except OSError:
            writer.close()
            return
        ways = [
            asyncio.create_task(self._pass(reader, far_writer, may_lose=False)),
            asyncio.create_task(self._pass(far_reader, writer, may_lose=True)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            for end in (writer, far_writer):
                end.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, may_lose: bool) -> None:
        try:
            while chunk := await reader.read(65536):
                await self.flows.wait()
                if may_lose and self.random.random() < self.losing:
                    self.lost += 1
                    return
                writer.write(chunk)
                await writer.drain()
        except OSError:
            return


def to_port(port: int) -> Callable[[], Awaitable[Ends]]:
    return lambda: asyncio.open_connection("127.0.0.1", port)


def to_socket(path: str) -> Callable[[], Awaitable[Ends]]:
    return lambda: asyncio.open_unix_connection(path)


async def _end_all() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
