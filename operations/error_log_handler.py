"""From the log to the table of recent errors: whoever logs an error does not wait for it to be stored."""

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
QUEUE_SIZE = 100  # reports that may wait while the database is away; more are dropped
RETRY_SECONDS = 5.0
MAX_MESSAGE_LENGTH, MAX_TRACEBACK_LENGTH = 1000, 10_000  # characters
REQUEST_LOGGER = "core.http.request_log"  # they tell of an error that has a record of its own


@dataclass(frozen=True)
class LoggedError:
    kind: str
    place: str
    message: str
    traceback: str
    request_id: str
    at: datetime

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(f"{self.kind}\n{self.place}".encode()).hexdigest()


class ErrorLogHandler(logging.Handler):
    """Hands errors to a thread that stores them; the thread starts with the first one."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: queue.Queue[LoggedError] = queue.Queue(QUEUE_SIZE)
        self.writer: threading.Thread | None = None
        self.over = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        if record.name == REQUEST_LOGGER or threading.current_thread() is self.writer:
            return
        try:
            self.waiting.put_nowait(read_record(record))
        except queue.Full:
            return
        with self.lock:
            if self.writer is None or not self.writer.is_alive():  # a forked process has no threads yet
                self.writer = threading.Thread(target=self._write_for_ever, name="errors", daemon=True)
                self.writer.start()

    def close(self) -> None:
        self.over.set()
        super().close()

    def _write_for_ever(self) -> None:
        while not self.over.is_set():
            report = self.waiting.get()
            while not try_to_store(report) and not self.over.wait(RETRY_SECONDS):
                pass  # the database is away: the report waits for it


def read_record(record: logging.LogRecord) -> LoggedError:
    """Return what is worth keeping of a log record; its place is where the exception was raised."""
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


def try_to_store(report: LoggedError) -> bool:
    """Store `report`; False when the database is away."""
    close_old_connections()
    try:
        store_error(report)
    except (DatabaseError, InterfaceError):
        return False
    finally:
        close_old_connections()
    return True


def store_error(report: LoggedError) -> None:
    """Count one more of its kind, and forget the oldest kinds."""
    from operations.models import ErrorReport  # the log is set up before there are models

    latest = {"message": report.message, "traceback": report.traceback, "request_id": report.request_id}
    same = ErrorReport.objects.filter(fingerprint=report.fingerprint)
    if same.update(**latest, last_at=report.at, count=F("count") + 1):
        return
    new = ErrorReport(
        fingerprint=report.fingerprint,
        kind=report.kind,
        place=report.place,
        first_at=report.at,
        last_at=report.at,
        **latest,
    )
    ErrorReport.objects.bulk_create([new], ignore_conflicts=True)
    oldest = ErrorReport.objects.order_by("-last_at", "-pk").values_list("pk", flat=True)[MAX_STORED:]
    ErrorReport.objects.filter(pk__in=list(oldest)).delete()
