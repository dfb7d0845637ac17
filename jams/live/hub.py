"""The hub: one channel-layer member per process, jam and language, many sockets behind it; only this file knows
the layer.

A change is announced to every process by a tiny message ("jam friday changed"). Where sockets of that jam are
open it becomes at most one reading of the board per tick, rendered once, and the same text goes to all of them.
A message may be lost: the board is read again every few seconds anyway, so nothing stays wrong.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any, Protocol

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import override

from core import metrics
from core.exceptions import NotFound
from core.stable_names import LIVE_GROUP_PREFIX
from jams.live import close_codes
from jams.live.backpressure import unsent_bytes
from jams.selectors.board import Board, read_current_board

logger = logging.getLogger(__name__)

MAX_MESSAGE_BYTES = 1024 * 1024  # autobahn drops a longer message silently, and the page would stay as it is
MOST_UNSENT = 256 * 1024  # bytes kept for a socket that does not read
LAYER_PATIENCE_SECONDS = 1.0
YIELD_EVERY = 100  # sockets served before the process may do something else
QUIET_SECONDS = 60.0  # how often at most one room's trouble is logged


@partial(database_sync_to_async, thread_sensitive=False)
def read_board(slug: str, language: str) -> Board:
    """Return the current board in a language; raises NotFound."""
    with override(language):
        return read_current_board(slug)


class BoardTooLarge(Exception):  # noqa: N818  (it is what happens to a page, which then polls)
    """The board of a jam does not fit into one message."""


def fits_message(text: str) -> bool:
    """Whether autobahn sends `text`; the length in bytes is counted only where it can matter."""
    return len(text) * 4 <= MAX_MESSAGE_BYTES or len(text.encode()) <= MAX_MESSAGE_BYTES


class Socket(Protocol):
    """What the hub needs of a consumer."""

    base_send: Callable[[dict[str, Any]], Awaitable[None]]

    async def close(self, code: int | None = None) -> None: ...


class Room:
    """One jam in one language in this process: its sockets, and the board that every one of them shows."""

    def __init__(self, slug: str, language: str) -> None:
        self.slug = slug
        self.language = language
        self.board: Board | None = None
        self.sockets: set[Socket] = set()
        self.arriving = 0
        self.opened = asyncio.Event()
        self.listening = asyncio.Event()
        self.changed = asyncio.Event()
        self.changed_at: float | None = None  # the first change that is not told yet, in seconds since 1970
        self.logged_at = -QUIET_SECONDS

    def is_empty(self) -> bool:
        return not self.sockets and not self.arriving

    async def run(self) -> None:
        """Listen first, then read; then tell of every change, at most once a tick, while anybody is there."""
        listener = asyncio.create_task(self._listen())
        try:
            await self._open()
            while self.board and not self.is_empty():
                await asyncio.sleep(settings.LIVE_TICK_SECONDS)
                await self._wait_for_change()
                await self._refresh()
        finally:
            listener.cancel()

    async def add(self, socket: Socket, *, seen: str) -> None:
        """Let `socket` follow the room. It gets the whole board, unless its page shows the reading `seen` already."""
        self.sockets.add(socket)
        metrics.sockets.inc()
        if self.board is not None:
            up_to_date = self.board.order and seen == str(self.board.order)
            await self._send(socket, _order(self.board) if up_to_date else self.board.html)

    def remove(self, socket: Socket) -> None:
        if socket in self.sockets:
            self.sockets.discard(socket)
            metrics.sockets.dec()

    def note(self, at: float) -> None:
        """Something changed `at` this time: look as soon as the tick allows."""
        self.changed_at = self.changed_at or at
        self.changed.set()

    async def dismiss(self) -> None:
        for socket in list(self.sockets):
            await self._close(socket, close_codes.SHUTTING_DOWN)

    async def _open(self) -> None:
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.listening.wait(), LAYER_PATIENCE_SECONDS)
            self.board = await read_board(self.slug, self.language)
        except NotFound:
            pass  # who waits for this room sees that it has no board
        except Exception as error:  # noqa: BLE001  a database that is away: the phones try again
            self._complain("Failed to read the board", error)
        finally:
            self.opened.set()

    async def _wait_for_change(self) -> None:
        with suppress(TimeoutError):  # nobody told us of anything: look whether a message was lost
            await asyncio.wait_for(self.changed.wait(), settings.LIVE_RECHECK_SECONDS)
        self.changed.clear()

    async def _refresh(self) -> None:
        since, self.changed_at = self.changed_at, None
        try:
            board = await read_board(self.slug, self.language)
        except NotFound:
            for socket in list(self.sockets):
                await self._close(socket, close_codes.JAM_GONE)
        except Exception as error:  # noqa: BLE001  the room outlives a database that is away
            self._complain("Failed to read the board", error)
        else:
            before, self.board = self.board, board
            if before and 0 < board.order < before.order:
                await self.dismiss()  # the numbers began anew, lower: these pages would take nothing for new any more
                return
            news = board.updates_since(before) if before else board.html
            is_newer = before is None or board.order != before.order  # for pages that show other things too
            if news or is_newer:
                await self.tell(_order(board) + news)
                metrics.record_live_update(since=since, now=time.time())

    async def tell(self, text: str) -> None:
        """Send the same text to every socket of the room."""
        metrics.socket_messages.inc(len(self.sockets))
        for count, socket in enumerate(list(self.sockets), start=1):
            await self._send(socket, text)
            if count % YIELD_EVERY == 0:
                await asyncio.sleep(0)

    async def _send(self, socket: Socket, text: str) -> None:
        if not fits_message(text):
            await self._close(socket, close_codes.TOO_LARGE)
            return
        if unsent_bytes(socket.base_send) > MOST_UNSENT:
            await self._close(socket, close_codes.TOO_SLOW)
            return
        try:
            await socket.base_send({"type": "websocket.send", "text": text})
        except (OSError, RuntimeError):  # it closed a moment ago, and its server says so
            self.remove(socket)

    async def _close(self, socket: Socket, code: int) -> None:
        self.remove(socket)
        await socket.close(code=code)

    async def _listen(self) -> None:
        """Be this process's one member of the jam's group, for ever."""
        while True:
            try:
                await self._receive()
            except Exception as error:  # noqa: BLE001  whatever the layer's client raises while it is away
                self._complain("The channel layer is unavailable; boards are polled", error)
            await asyncio.sleep(LAYER_PATIENCE_SECONDS)

    async def _receive(self) -> None:
        layer = get_channel_layer()
        channel = await layer.new_channel()
        await layer.group_add(_group(self.slug), channel)
        self.listening.set()
        try:
            while True:
                message = await layer.receive(channel)
                self.note(message["at"])
        finally:
            await layer.group_discard(_group(self.slug), channel)

    def _complain(self, sentence: str, error: BaseException) -> None:
        now = asyncio.get_running_loop().time()
        if now - self.logged_at >= QUIET_SECONDS:
            self.logged_at = now
            logger.warning("%s (jam %s): %s: %s", sentence, self.slug, type(error).__name__, error)


class Hub:
    """The rooms of one process, and the way by which a change in any thread or process reaches them."""

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        self.rooms: dict[tuple[str, str], Room] = {}
        self.tasks: set[asyncio.Task[None]] = set()

    async def join(
        self, slug: str, socket: Socket, *, language: str, accept: Callable[[], Awaitable[None]], seen: str
    ) -> Room:
        """Accept `socket` into the room of a jam; raises NotFound or BoardTooLarge with nothing accepted."""
        room = self._room(slug, language)
        room.arriving += 1
        try:
            await room.opened.wait()
            if room.board is None:
                raise NotFound(slug)
            if not fits_message(room.board.html):
                raise BoardTooLarge(slug)
            await accept()
            await room.add(socket, seen=seen)
        finally:
            room.arriving -= 1
        return room

    async def dismiss(self) -> None:
        """Close every socket of this process with a reason; their pages find another process."""
        for room in list(self.rooms.values()):
            await room.dismiss()

    def wake(self, slug: str, at: float) -> None:
        """Tell this process's rooms of a jam that it changed `at` this time; to be called in the hub's own loop."""
        for room in self.rooms.values():
            if room.slug == slug:
                room.note(at)

    def _room(self, slug: str, language: str) -> Room:
        loop = asyncio.get_running_loop()
        if loop is not self.loop:
            self.loop, self.rooms = loop, {}
        if (slug, language) not in self.rooms:
            self.rooms[slug, language] = room = Room(slug, language)
            task = loop.create_task(self._keep(room))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
        return self.rooms[slug, language]

    async def _keep(self, room: Room) -> None:
        try:
            await room.run()
        finally:
            if self.rooms.get((room.slug, room.language)) is room:
                del self.rooms[room.slug, room.language]


hub = Hub()


class Announcer:
    """Sends announcements from any thread without making it wait, not even for a layer that hangs."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.pending: dict[str, float] = {}
        self.own_loop: asyncio.AbstractEventLoop | None = None

    def announce(self, slug: str) -> None:
        """Tell every process that a jam changed; several changes before it is sent become one message."""
        with self.lock:
            if slug in self.pending:
                return
            self.pending[slug] = time.time()
        asyncio.run_coroutine_threadsafe(self._send(slug), self.loop())

    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop that talks to the layer: the hub's, or in a process without sockets one of our own.

        One connection to the layer, then, and not one per change.
        """
        if hub.loop and hub.loop.is_running():
            return hub.loop
        with self.lock:
            if self.own_loop is None:
                self.own_loop = asyncio.new_event_loop()
                threading.Thread(target=self.own_loop.run_forever, name="announcer", daemon=True).start()
            return self.own_loop

    async def _send(self, slug: str) -> None:
        with self.lock:
            at = self.pending.pop(slug)
        if asyncio.get_running_loop() is hub.loop:
            hub.wake(slug, at)
        try:
            await get_channel_layer().group_send(_group(slug), {"type": "jam.changed", "at": at})
        except Exception as error:  # noqa: BLE001  whatever the layer's client raises while it is away
            logger.info("Failed to announce a change of %s: %s", slug, error)


announcer = Announcer()


def _group(slug: str) -> str:
    return LIVE_GROUP_PREFIX + slug


def _order(board: Board) -> str:
    return render_to_string("jams/_order.html", {"order": board.order}).strip()
