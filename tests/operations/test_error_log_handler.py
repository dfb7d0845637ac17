import logging
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from operations import error_log_handler
from operations.models import ErrorReport
from tests.servers import wait_until

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def broken(message="out of tune", kind=ValueError):
    """Return a log record of an exception. All of them are raised in the same place."""
    with pytest.raises(kind) as caught:
        raise kind(message)
    info = (kind, caught.value, caught.value.__traceback__)
    record = logging.LogRecord("django.request", logging.ERROR, "x.py", 1, "It broke", (), info)
    record.request_id = "abc"
    return record


def report(number):
    at = NOW + timedelta(seconds=number)
    return error_log_handler.LoggedError(f"Error{number}", "x.py:1", "", "", "-", at)


def test_store_error_keeps_place_traceback_and_request():
    error_log_handler.store_error(error_log_handler.read_record(broken()))
    kept = ErrorReport.objects.get()
    assert (kept.kind, kept.message, kept.request_id, kept.count) == ("ValueError", "It broke\nout of tune", "abc", 1)
    assert kept.place.endswith(" broken")
    assert kept.traceback.endswith("ValueError: out of tune\n")


def test_store_error_counts_the_same_error_in_the_same_place():
    for message in ("out of tune", "too loud"):
        error_log_handler.store_error(error_log_handler.read_record(broken(message)))
    error_log_handler.store_error(error_log_handler.read_record(broken(kind=KeyError)))
    kept = ErrorReport.objects.order_by("count", "pk").values_list("kind", "count")
    assert list(kept) == [("KeyError", 1), ("ValueError", 2)]


def test_store_error_keeps_records_without_an_exception():
    record = logging.LogRecord("jobs.worker", 40, "worker.py", 7, "A job runs long", (), None, func="run")
    error_log_handler.store_error(error_log_handler.read_record(record))
    assert list(ErrorReport.objects.values_list("kind", "place")) == [("jobs.worker", "worker.py:7 run")]


def test_store_error_deletes_the_oldest_kinds(monkeypatch):
    monkeypatch.setattr(error_log_handler, "MAX_STORED", 2)
    for number in range(4):
        error_log_handler.store_error(report(number))
    assert sorted(ErrorReport.objects.values_list("kind", flat=True)) == ["Error2", "Error3"]


def test_try_to_store_reports_that_the_database_is_unreachable(monkeypatch):
    answers = iter([OperationalError("gone"), None])

    def store(report):
        if error := next(answers):
            raise error

    monkeypatch.setattr(error_log_handler, "store_error", store)
    assert [error_log_handler.try_to_store(report(1)), error_log_handler.try_to_store(report(1))] == [False, True]


def test_error_log_handler_stores_errors_in_a_thread(monkeypatch):
    handler, kept = error_log_handler.ErrorLogHandler(), []

    def keep(report):
        kept.append(report.kind)
        return True

    monkeypatch.setattr(error_log_handler, "try_to_store", keep)
    handler.emit(broken())
    handler.emit(logging.LogRecord("core.http.request_log", 40, "x.py", 1, "503", (), None))
    handler.emit(broken(kind=KeyError))
    wait_until(lambda: len(kept) == 2)
    handler.close()
    assert kept == ["ValueError", "KeyError"]


def test_error_log_handler_drops_errors_beyond_its_queue(monkeypatch):
    handler = error_log_handler.ErrorLogHandler()
    monkeypatch.setattr(error_log_handler, "try_to_store", lambda report: False)
    for _ in range(error_log_handler.QUEUE_SIZE + 10):
        handler.emit(broken())
    assert handler.errors.qsize() <= error_log_handler.QUEUE_SIZE
    handler.close()
