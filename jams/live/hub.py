"""The hub fans out board updates to WebSockets. Only this module uses the channel layer.

Each process subscribes once per jam and language, in a `Room` with many sockets. A change is published to all processes
as a tiny message ("jam friday changed"). A process with open sockets for that jam then reads and renders the board at
most once per tick and sends the same text to all of them. If a message is lost, the periodic check of the board makes
up for it within seconds.
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

MAX_MESSAGE_BYTES = 256 * 1024  # autobahn silently drops longer messages, so the page would miss the update
MAX_UNSENT_BYTES = 256 * 1024  # buffered for a socket whose client reads too slowly
HEARTBEAT = "<!-- still here -->"  # scripts see no pings; a page that hears nothing for long enough reconnects
HEARTBEAT_SECONDS = 5.0  # static/js/live/socket.js waits for more than two of them
PAUSE_PER_COST = 3  # at most a quarter of a busy room's time is for its updates, until LIVE_TICK_SECONDS says enough
LAYER_TIMEOUT_SECONDS = 1.0
YIELD_EVERY = 100  # sockets served before control returns to the event loop
LOG_INTERVAL_SECONDS = 60.0  # minimum time between two warnings of one room


@partial(database_sync_to_async, thread_sensitive=False)
def read_board(slug: str, language: str) -> Board:
    """Return the current board in a language; raises NotFound."""
    with override(language):
        return read_current_board(slug)


class BoardTooLarge(Exception):  # noqa: N818  (not a fault: the page then polls)
    """The board of a jam does not fit into one message."""


def fits_message(text: str) -> bool:
    """Whether `text` fits into a message; counts the bytes only if the number of characters leaves it open."""
    return len(text) * 4 <= MAX_MESSAGE_BYTES or len(text.encode()) <= MAX_MESSAGE_BYTES


def choose_pause(cost: float) -> float:
    """Return the seconds until the next update of a room whose last one took `cost` seconds, to read and to send.

    A cheap one is soon followed by the next, so that hearts move at once; a costly one leaves time for everything else.
    """
    longest: float = settings.LIVE_TICK_SECONDS
    return min(longest, max(longest / 2, PAUSE_PER_COST * cost))


class Socket(Protocol):
    """The part of a consumer that the hub uses."""

    base_send: Callable[[dict[str, Any]], Awaitable[None]]

    async def close(self, code: int | None = None) -> None: ...


class Room:
    """One jam in one language in this process: its sockets, and the board that all of them show."""

    def __init__(self, slug: str, language: str) -> None:
        self.slug = slug
        self.language = language
        self.board: Board | None = None
        self.sockets: set[Socket] = set()
        self.joining = 0
        self.loaded = asyncio.Event()
        self.subscribed = asyncio.Event()
        self.changed = asyncio.Event()
        self.changed_at: float | None = None  # the first change not sent yet, in seconds since 1970
        self.read_at = 0.0  # when the board was read last, by the clock of the event loop
        self.logged_at = -LOG_INTERVAL_SECONDS

    def is_empty(self) -> bool:
        return not self.sockets and not self.joining

    async def run(self) -> None:
        """Subscribe, then read the board, then send every change, at most once per tick, until the room is empty."""
        listener = asyncio.create_task(self._listen())
        try:
            await self._load_board()
            while self.board and not self.is_empty():
                await asyncio.sleep(choose_pause(asyncio.get_running_loop().time() - self.read_at))
                if not (await self._wait_for_change() and await self._refresh()):
                    await self.broadcast(HEARTBEAT)
        finally:
            listener.cancel()

    async def add(self, socket: Socket, *, seen: str) -> None:
        """Add `socket` and send it the whole board, unless its page already shows the board with the order `seen`."""
        self.sockets.add(socket)
        metrics.sockets.inc()
        if self.board is not None:
            up_to_date = self.board.order and seen == str(self.board.order)
            await self._send(socket, _render_order(self.board) if up_to_date else self.board.html)

    def remove(self, socket: Socket) -> None:
        if socket in self.sockets:
            self.sockets.discard(socket)
            metrics.sockets.dec()

    def mark_changed(self, at: float) -> None:
        """Schedule a refresh for a change made `at` this time, in seconds since 1970."""
        self.changed_at = self.changed_at or at
        self.changed.set()

    async def close_sockets(self) -> None:
        """Close all sockets of the room because the process is shutting down."""
        for socket in list(self.sockets):
            await self._close(socket, close_codes.SHUTTING_DOWN)

    async def _load_board(self) -> None:
        self.read_at = asyncio.get_running_loop().time()
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.subscribed.wait(), LAYER_TIMEOUT_SECONDS)
            self.board = await read_board(self.slug, self.language)
        except NotFound:
            pass  # a waiting `Hub.join` sees that the room has no board
        except Exception as error:  # noqa: BLE001  the database may be down; the pages reconnect
            self._log_failure("Failed to read the board", error)
        finally:
            self.loaded.set()

    async def _wait_for_change(self) -> bool:
        """Wait until it is time for a heartbeat; return as soon as the board must be read, and whether it must.

        A notification may have been lost, so it must be LIVE_RECHECK_SECONDS after the last time at the latest.
        """
        clock = asyncio.get_running_loop().time
        recheck_at = self.read_at + settings.LIVE_RECHECK_SECONDS
        with suppress(TimeoutError):
            await asyncio.wait_for(self.changed.wait(), max(0, min(recheck_at - clock(), HEARTBEAT_SECONDS)))
        return self.changed.is_set() or clock() >= recheck_at

    async def _refresh(self) -> bool:
        """Read the board and send what changed; return whether the sockets were sent anything, or closed."""
        self.changed.clear()
        since, self.changed_at = self.changed_at, None
        self.read_at = asyncio.get_running_loop().time()
        try:
            board = await read_board(self.slug, self.language)
        except NotFound:
            for socket in list(self.sockets):
                await self._close(socket, close_codes.JAM_GONE)
            return True
        except Exception as error:  # noqa: BLE001  the room survives a database outage
            self._log_failure("Failed to read the board", error)
        else:
            before, self.board = self.board, board
            if before and 0 < board.order < before.order:
                await self.close_sockets()  # the order was reset, so pages would ignore every update; they reconnect
                return True
            updates = board.updates_since(before) if before else board.html
            is_newer = before is None or board.order != before.order  # the console refreshes on every new order
            if updates or is_newer:
                await self.broadcast(_render_order(board) + updates)
                metrics.record_live_update(since=since, now=time.time())
                return True
        return False

    async def broadcast(self, text: str) -> None:
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
        if unsent_bytes(socket.base_send) > MAX_UNSENT_BYTES:
            await self._close(socket, close_codes.TOO_SLOW)
            return
        try:
            await socket.base_send({"type": "websocket.send", "text": text})
        except (OSError, RuntimeError):  # the socket has just closed
            self.remove(socket)

    async def _close(self, socket: Socket, code: int) -> None:
        self.remove(socket)
        await socket.close(code=code)

    async def _listen(self) -> None:
        """Stay subscribed to the jam's group until cancelled."""
        while True:
            try:
                await self._receive()
            except Exception as error:  # noqa: BLE001  the client of the layer may raise anything during an outage
                metrics.outages.labels("channel_layer").inc()
                self._log_failure("The channel layer is unavailable; boards are polled", error)
            await asyncio.sleep(LAYER_TIMEOUT_SECONDS)

    async def _receive(self) -> None:
        layer = get_channel_layer()
        channel = await layer.new_channel()
        await layer.group_add(_group(self.slug), channel)
        self.subscribed.set()
        try:
            while True:
                message = await layer.receive(channel)
                self.mark_changed(message["at"])
        finally:
            await layer.group_discard(_group(self.slug), channel)

    def _log_failure(self, sentence: str, error: BaseException) -> None:
        now = asyncio.get_running_loop().time()
        if now - self.logged_at >= LOG_INTERVAL_SECONDS:
            self.logged_at = now
            logger.warning("%s (jam %s): %s: %s", sentence, self.slug, type(error).__name__, error)


class Hub:
    """The rooms of this process."""

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        self.rooms: dict[tuple[str, str], Room] = {}
        self.tasks: set[asyncio.Task[None]] = set()

    async def join(
        self, slug: str, socket: Socket, *, language: str, accept: Callable[[], Awaitable[None]], seen: str
    ) -> Room:
        """Accept `socket` and add it to the room of a jam; raises NotFound or BoardTooLarge before accepting it."""
        room = self._get_or_open_room(slug, language)
        room.joining += 1
        try:
            await room.loaded.wait()
            if room.board is None:
                raise NotFound(slug)
            if not fits_message(room.board.html):
                raise BoardTooLarge(slug)
            await accept()
            await room.add(socket, seen=seen)
        finally:
            room.joining -= 1
        return room

    async def close_sockets(self) -> None:
        """Close all sockets of this process with SHUTTING_DOWN; their pages reconnect to another process."""
        for room in list(self.rooms.values()):
            await room.close_sockets()

    def mark_changed(self, slug: str, at: float) -> None:
        """Schedule a refresh of this process's rooms of a jam; call it in the hub's event loop."""
        for room in self.rooms.values():
            if room.slug == slug:
                room.mark_changed(at)

    def _get_or_open_room(self, slug: str, language: str) -> Room:
        loop = asyncio.get_running_loop()
        if loop is not self.loop:
            self.loop, self.rooms = loop, {}
        if (slug, language) not in self.rooms:
            self.rooms[slug, language] = room = Room(slug, language)
            task = loop.create_task(self._run(room))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
        return self.rooms[slug, language]

    async def _run(self, room: Room) -> None:
        try:
            await room.run()
        finally:
            if self.rooms.get((room.slug, room.language)) is room:
                del self.rooms[room.slug, room.language]


hub = Hub()


class Announcer:
    """Publishes changes from any thread without blocking it, even if the channel layer hangs."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.pending: dict[str, float] = {}
        self.own_loop: asyncio.AbstractEventLoop | None = None

    def announce(self, slug: str) -> None:
        """Notify every process that a jam changed; changes made before the message is sent are coalesced."""
        with self.lock:
            if slug in self.pending:
                return
            self.pending[slug] = time.time()
        asyncio.run_coroutine_threadsafe(self._send(slug), self.loop())

    def loop(self) -> asyncio.AbstractEventLoop:
        """Return the event loop for the layer: the hub's, or one of our own in a process without sockets.

        All changes then share one connection to the layer.
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
            hub.mark_changed(slug, at)
        try:
            await get_channel_layer().group_send(_group(slug), {"type": "jam.changed", "at": at})
        except Exception as error:  # noqa: BLE001  the client of the layer may raise anything during an outage
            logger.info("Failed to announce a change of %s: %s", slug, error)


announcer = Announcer()


def _group(slug: str) -> str:
    return LIVE_GROUP_PREFIX + slug


def _render_order(board: Board) -> str:
    return render_to_string("jams/_order.html", {"order": board.order}).strip()
