"""Error tracking without an outside service: a logging handler that stores logged errors in the database.

Whoever logs an error does not wait: a thread of the handler writes it.
"""

import hashlib
import logging
import queue
import threading
import traceback
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import DatabaseError, InterfaceError, close_old_connections
from django.db.models import F

MAX_STORED = 200  # kinds of errors
QUEUE_SIZE = 100  # errors that can wait while the database is unreachable; further ones are dropped
RETRY_SECONDS = 5.0
MAX_MESSAGE_LENGTH, MAX_TRACEBACK_LENGTH = 1000, 10_000  # characters
REQUEST_LOGGER = "core.http.request_log"  # its lines repeat errors that were logged with a traceback


@dataclass(frozen=True)
class LoggedError:
    """What is stored of a log record."""

    kind: str  # the exception's class, or the logger's name when there is no exception
    place: str  # file, line and function
    message: str
    traceback: str
    request_id: str
    at: datetime

    @property
    def fingerprint(self) -> str:
        """Errors with the same fingerprint are counted in one row."""
        return hashlib.sha256(f"{self.kind}\n{self.place}".encode()).hexdigest()


class ErrorLogHandler(logging.Handler):
    """Passes errors to a thread that stores them. The thread starts with the first error."""

    def __init__(self) -> None:
        super().__init__()
        self.errors: queue.Queue[LoggedError] = queue.Queue(QUEUE_SIZE)
        self.writer: threading.Thread | None = None
        self.closed = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        """Queue the error. `handle` calls this with the handler's lock held, so that only one thread is started."""
        if record.name == REQUEST_LOGGER or threading.current_thread() is self.writer:
            return
        try:
            self.errors.put_nowait(read_record(record))
        except queue.Full:
            return
        if self.writer is None or not self.writer.is_alive():  # threads don't survive a fork
            self.writer = threading.Thread(target=self._write_errors, name="errors", daemon=True)
            self.writer.start()

    def close(self) -> None:
        self.closed.set()
        super().close()

    def _write_errors(self) -> None:
        while not self.closed.is_set():
            error = self.errors.get()
            while not try_to_store(error) and not self.closed.wait(RETRY_SECONDS):
                pass  # the database is unreachable; try again


def read_record(record: logging.LogRecord) -> LoggedError:
    """Return what is stored of a log record; its place is where the exception was raised."""
    error = record.exc_info[1] if record.exc_info else None
    frames = traceback.extract_tb(error.__traceback__) if error else []
    file, line, name = frames[-1][:3] if frames else (record.pathname, record.lineno, record.funcName)
    return LoggedError(
        kind=type(error).__qualname__ if error else record.name,
        place=f"{file}:{line} {name}"[-300:],
        message=f"{record.getMessage()}\n{error or ''}".strip()[:MAX_MESSAGE_LENGTH],
        traceback="".join(traceback.format_exception(error))[-MAX_TRACEBACK_LENGTH:] if error else "",
        request_id=getattr(record, "request_id", "-"),
        at=datetime.fromtimestamp(record.created, UTC),
    )


def try_to_store(error: LoggedError) -> bool:
    """Store `error`; return False when the database is unreachable."""
    close_old_connections()
    try:
        store_error(error)
    except (DatabaseError, InterfaceError):
        return False
    finally:
        close_old_connections()
    return True


def store_error(error: LoggedError) -> None:
    """Add `error` to the count of its kind, or add its kind and delete the oldest kinds beyond MAX_STORED."""
    from operations.models import ErrorReport  # logging is configured before models can be imported

    latest = {"message": error.message, "traceback": error.traceback, "request_id": error.request_id}
    same = ErrorReport.objects.filter(fingerprint=error.fingerprint)
    if same.update(**latest, last_at=error.at, count=F("count") + 1):
        return
    report = ErrorReport(
        fingerprint=error.fingerprint,
        kind=error.kind,
        place=error.place,
        first_at=error.at,
        last_at=error.at,
        **latest,
    )
    ErrorReport.objects.bulk_create([report], ignore_conflicts=True)
    oldest = ErrorReport.objects.order_by("-last_at", "-pk").values_list("pk", flat=True)[MAX_STORED:]
    ErrorReport.objects.filter(pk__in=list(oldest)).delete()
