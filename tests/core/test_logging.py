import logging

from core.logging import RepeatFilter


def record(level: int, message: str, *, error: Exception | None = None) -> logging.LogRecord:
    reason = (type(error), error, None) if error else None
    return logging.LogRecord("library", level, __file__, 1, message, None, reason)


def test_a_library_complains_of_the_same_thing_once() -> None:
    seldom = RepeatFilter()
    away = [seldom.filter(record(logging.WARNING, "away")) for _ in range(3)]
    assert (away, seldom.filter(record(logging.WARNING, "other"))) == ([True, False, False], True)


def test_what_is_no_complaint_passes() -> None:
    seldom = RepeatFilter()
    assert [seldom.filter(record(logging.INFO, "connected")) for _ in range(2)] == [True, True]


def test_a_complaint_is_one_line_that_says_why() -> None:
    told = record(logging.ERROR, "Unexpected", error=ConnectionError("refused"))
    assert RepeatFilter().filter(told)
    assert (told.getMessage(), told.exc_info, told.levelname) == (
        "Unexpected: ConnectionError('refused')",
        None,
        "WARNING",
    )
