"""The WebSocket of a phone, which is read while its user does other things."""

import re
import time
from collections.abc import Callable

import gevent
from websocket import WebSocket, WebSocketException, create_connection

VOTES_PATTERN = re.compile(r'id="votes-(\d+)"')
TIMEOUT_SECONDS = 10  # seconds until a server that does not answer has failed


class Phone:
    """Calls `report(name, seconds, error)` with the time that each step took, and its error if it failed."""

    def __init__(self, host: str, path: str, report: Callable[[str, float, Exception | None], None]) -> None:
        self.host, self.path, self.report = host, path, report
        self.socket: WebSocket | None = None
        self.tapped: dict[int, float] = {}  # votes that are not on this screen yet, and when they were cast
        self.frames = 0

    def open(self, *, name: str, seen: str = "") -> None:
        """Open the socket. Without `seen`, as when a phone is unlocked, also wait for the whole board."""
        began = time.perf_counter()
        address = f"{self.host.replace('http', 'ws', 1)}{self.path}?seen={seen}&lang=en"
        try:
            self.socket = create_connection(
                address, timeout=TIMEOUT_SECONDS, origin=self.host, skip_utf8_validation=True, enable_multithread=False
            )
            if not seen:
                self.socket.recv()
            self.socket.settimeout(None)
        except (OSError, WebSocketException) as error:
            self.report(name, time.perf_counter() - began, error)
            return
        self.report(name, time.perf_counter() - began, None)
        gevent.spawn(self._listen, self.socket)

    def close(self) -> None:
        socket, self.socket = self.socket, None
        self.tapped.clear()
        if socket:
            socket.shutdown()

    def tap(self, entry: int) -> None:
        """Remember when a heart was tapped, whose new count every screen will show."""
        if self.socket:
            self.tapped[entry] = time.perf_counter()

    def _listen(self, socket: WebSocket) -> None:
        lost: Exception = WebSocketException("closed by the server")
        try:
            while frame := socket.recv():
                self._read(str(frame))
        except (OSError, WebSocketException) as error:
            lost = error
        if self.socket is socket:  # not closed by `close`
            self.socket = None
            self.report("socket lost", 0, lost)

    def _read(self, frame: str) -> None:
        self.frames += 1
        if not self.tapped:
            return
        now = time.perf_counter()
        for entry in {int(found) for found in VOTES_PATTERN.findall(frame)} & self.tapped.keys():
            self.report("from the tap to the screen", now - self.tapped.pop(entry), None)
