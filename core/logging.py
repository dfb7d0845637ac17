"""The format of log lines: text for people, JSON for machines. Both carry the request's id."""

import logging
import time
from contextvars import ContextVar
from typing import Any

from pythonjsonlogger.json import JsonFormatter as BaseJsonFormatter

#: Malformed requests, which Django logs as errors. Anyone can send them, and each request is logged anyway.
CLIENT_ERRORS = (
    "DisallowedHost",
    "DisallowedModelAdminLookup",
    "RequestDataTooBig",
    "TooManyFieldsSent",
    "TooManyFilesSent",
)

REPEAT_SECONDS = 60.0
JSON_FIELDS = ("time", "level", "logger", "message", "request_id", "exception")

#: The id of the current request; empty outside a request.
current_request_id: ContextVar[str] = ContextVar("request_id", default="")


class RequestIdFilter(logging.Filter):
    """Adds `request_id` to every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current_request_id.get() or "-"
        return True


class TracebackOnlyFilter(logging.Filter):
    """Drops Django's own line for a 4xx or 5xx response: `core.http.request_log` logs every request."""

    def filter(self, record: logging.LogRecord) -> bool:
        return bool(record.exc_info)


class RepeatFilter(logging.Filter):
    """Lets a library log the same warning or error once per REPEAT_SECONDS, in one line without a traceback."""

    def __init__(self) -> None:
        super().__init__()
        self.logged_at: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            return True
        now, message = time.monotonic(), str(record.msg)
        if now - self.logged_at.get(message, -REPEAT_SECONDS) < REPEAT_SECONDS:
            return False
        self.logged_at[message] = now
        if record.exc_info and record.levelno >= logging.ERROR:
            record.msg, record.args = "%s: %r", (record.getMessage(), record.exc_info[1])
            record.exc_info, record.levelno, record.levelname = None, logging.WARNING, "WARNING"
        return True


class JsonFormatter(BaseJsonFormatter):
    """One JSON object per line. `extra={"fields": {...}}` is merged into it.

    Any other `extra` is left out: Django passes the request, and so its query string.
    """

    def __init__(self) -> None:
        super().__init__(
            ["levelname", "name", "message"],
            rename_fields={"levelname": "level", "name": "logger", "exc_info": "exception"},
            timestamp="time",
            defaults={"request_id": "-"},
            json_ensure_ascii=False,
        )

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        known = {name: log_data[name] for name in JSON_FIELDS if name in log_data}
        return {**known, **log_data.get("fields", {})}


def build_logging_config(*, level: str, as_json: bool, error_handler: str) -> dict[str, Any]:
    """Return the LOGGING setting: records of `level` and above go to standard error.

    Errors also go to `error_handler`, the dotted path of a `logging.Handler`.
    """
    line = "%(asctime)s %(levelname)s %(name)s %(request_id)s: %(message)s"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": "core.logging.JsonFormatter"} if as_json else {"format": line}},
        "filters": {
            "request_id": {"()": "core.logging.RequestIdFilter"},
            "repeats": {"()": "core.logging.RepeatFilter"},
            "with_traceback": {"()": "core.logging.TracebackOnlyFilter"},
        },
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["request_id"]},
            "errors": {"class": error_handler, "level": "ERROR", "filters": ["request_id"]},
        },
        "root": {"handlers": ["console", "errors"], "level": level},
        "loggers": {
            "django.request": {"filters": ["with_traceback"]},
            "django.server": {"handlers": ["console"], "level": level, "propagate": False},
            **{f"django.security.{name}": {"level": "CRITICAL"} for name in CLIENT_ERRORS},
            "django.tasks": {"level": "WARNING"},  # our worker logs one line per job
            "daphne": {"level": "WARNING"},
            "channels_redis.pubsub": {"filters": ["repeats"]},
            "psycopg.pool": {"filters": ["repeats"]},
        },
    }
