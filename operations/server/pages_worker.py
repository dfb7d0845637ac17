"""A gunicorn worker with threads that loses no request when it stops.

gunicorn's own worker stops accepting at once but keeps its listening socket open until its last request is finished.
Connections that the kernel accepts in the meantime, and those that were already waiting, are never answered; and a
proxy sends a `POST` only once.
"""

import threading
from types import FrameType
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from operations.server.draining import draining


class PagesWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no type hints
    """On SIGTERM, keeps serving for DRAIN_SECONDS, then accepts what is waiting and closes its listening sockets."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Start to drain. A second signal changes nothing: systemd and gunicorn's master each send one."""
        from django.conf import settings

        if draining.is_set():
            return
        draining.set()
        self.cfg.set("keepalive", 0)  # every response now has "Connection: close"
        stop = threading.Timer(settings.DRAIN_SECONDS, super().handle_exit, (sig, frame))
        stop.daemon = True
        stop.start()

    def set_accept_enabled(self, enabled: bool) -> None:
        """Stop accepting for good when this worker is stopping, instead of for a moment under load."""
        if enabled or self.alive:
            super().set_accept_enabled(enabled)
        else:
            self._take_what_waits_and_close()

    def _take_what_waits_and_close(self) -> None:
        super().set_accept_enabled(False)
        for listener in self.sockets:
            listener.setblocking(False)
            before = -1
            while before < self.nr_conns:
                before = self.nr_conns
                self.accept(listener)
            listener.close()
        self.sockets: list[Any] = []
