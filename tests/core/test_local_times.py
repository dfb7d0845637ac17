"""Times as people type them, through the changes of clocks."""

from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from core.local_times import LocalDateTimeField, find_next_time, read_local_time

NONSENSE = ["tomorrow", "2026-02-30T20:00", "20:00", "2026-13-01T20:00", "\x00", "9" * 400]
AWARE = ["2026-07-03T20:00Z", "2026-07-03T20:00+02:00", "0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00"]
BERLIN, NEW_YORK, LORD_HOWE = "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"


@pytest.mark.parametrize(
    ("zone", "typed", "utc"),
    [
        (BERLIN, "2026-07-03T20:00", "2026-07-03T18:00"),
        (BERLIN, "2026-03-29T02:30", "2026-03-29T01:30"),  # skipped: it becomes 03:30
        (BERLIN, "2026-10-25T02:30", "2026-10-25T00:30"),  # shown twice: the first
        (NEW_YORK, "2026-03-08T02:30", "2026-03-08T07:30"),
        (NEW_YORK, "2026-11-01T01:30", "2026-11-01T05:30"),
        (LORD_HOWE, "2026-10-04T02:15", "2026-10-03T15:45"),  # there, clocks change by half an hour
        (LORD_HOWE, "2026-04-05T01:45", "2026-04-04T14:45"),
        ("Pacific/Auckland", "2026-04-05T02:30", "2026-04-04T13:30"),
    ],
)
def test_a_typed_time_is_on_the_clock_of_the_current_zone(zone: str, typed: str, utc: str) -> None:
    with timezone.override(ZoneInfo(zone)):
        moment = LocalDateTimeField().clean(typed)
    assert moment.astimezone(UTC) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(("start", "hour"), [("2026-10-25T00:00", 0), ("2026-10-25T00:45", 1), ("2026-10-25T02:00", 0)])
def test_a_doubled_time_is_the_second_if_only_that_is_after_the_start(start: str, hour: int) -> None:
    after = datetime.fromisoformat(start).replace(tzinfo=UTC)
    end = read_local_time(datetime(2026, 10, 25, 2, 30), ZoneInfo(BERLIN), after=after)  # noqa: DTZ001  # local
    assert end.astimezone(UTC) == datetime(2026, 10, 25, hour, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("clock", "after", "found"),
    [
        ("23:30", "2026-07-03T18:00", "2026-07-03T21:30"),
        ("00:15", "2026-07-03T18:00", "2026-07-03T22:15"),
        ("20:00", "2026-07-03T18:00", "2026-07-04T18:00"),  # the clock shows it at the start itself
        ("02:30", "2026-10-24T19:00", "2026-10-25T00:30"),  # shown twice: the first
        ("02:30", "2026-10-25T00:45", "2026-10-25T01:30"),  # or the second
        ("02:30", "2026-03-28T20:00", "2026-03-29T01:30"),  # skipped: it becomes 03:30
    ],
)
def test_the_next_time_is_the_first_at_which_the_clock_shows_it(clock: str, after: str, found: str) -> None:
    start, moment = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (after, found))
    assert find_next_time(time.fromisoformat(clock), ZoneInfo(BERLIN), after=start) == moment


@pytest.mark.parametrize(
    "typed", ["tomorrow", "2026-02-30T20:00", "20:00", "2026-13-01T20:00", "\x00", "9" * 400, *AWARE]
)
def test_what_is_no_time_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        LocalDateTimeField().clean(typed)


@pytest.mark.parametrize(
    ("typed", "changed"),
    [("2026-10-25T02:30", False), ("2026-10-25 02:30", False), ("2026-10-25T02:31", True), ("", True), ("soon", True)],
)
def test_a_time_has_changed_if_another_minute_was_typed(typed: str, changed: bool) -> None:
    second_half_past_two: Any = datetime(2026, 10, 25, 1, 30, 59, tzinfo=UTC)
    with timezone.override(ZoneInfo(BERLIN)):
        assert LocalDateTimeField(required=False).has_changed(second_half_past_two, typed) is changed
