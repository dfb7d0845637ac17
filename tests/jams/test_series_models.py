"""A series: its times on the clock at the venue, its code, and who may change it."""

from datetime import date, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from core.exceptions import NotFound
from jams.models import Series
from tests.builders import make_jam, make_series, make_staff, make_user, make_venue

pytestmark = pytest.mark.django_db

CHANGES = [
    ("Europe/Berlin", date(2026, 3, 26), date(2026, 4, 2), ["+0100", "+0200"]),
    ("Europe/Berlin", date(2026, 10, 22), date(2026, 10, 29), ["+0200", "+0100"]),
    ("America/New_York", date(2026, 3, 5), date(2026, 3, 12), ["-0500", "-0400"]),
    ("America/New_York", date(2026, 10, 29), date(2026, 11, 5), ["-0400", "-0500"]),
    ("Australia/Lord_Howe", date(2026, 4, 2), date(2026, 4, 9), ["+1100", "+1030"]),
    ("Australia/Lord_Howe", date(2026, 10, 1), date(2026, 10, 8), ["+1030", "+1100"]),
    ("Asia/Kathmandu", date(2026, 3, 26), date(2026, 4, 2), ["+0545", "+0545"]),
    ("Asia/Kathmandu", date(2026, 10, 22), date(2026, 10, 29), ["+0545", "+0545"]),
]


@pytest.mark.parametrize(("zone", "before", "after", "offsets"), CHANGES, ids=str)
def test_nights_stay_at_eight_over_a_clock_change(zone, before, after, offsets):
    series = make_series(venue=make_venue(time_zone=zone), first_on=before, ends_at=time(1, 30))
    plan = list(series.iterate_plan(since=before, until=after))
    assert [day for day, _start, _end in plan] == [before, after]
    starts = [start.astimezone(series.venue.zone) for _day, start, _end in plan]
    assert [start.strftime("%H:%M") for start in starts] == ["20:00", "20:00"]
    assert [start.strftime("%z") for start in starts] == offsets
    assert {end.astimezone(series.venue.zone).strftime("%H:%M") for _day, _start, end in plan} == {"01:30"}


@pytest.mark.parametrize(
    ("day", "start", "end", "hours"),
    [
        (date(2026, 3, 28), time(22), time(4), 5),  # the night in which the hour from 2 to 3 is missing
        (date(2026, 10, 24), time(22), time(4), 7),  # the one in which it comes twice
        (date(2026, 10, 25), time(2, 15), time(2, 45), 0.5),
        (date(2026, 3, 29), time(2, 30), time(3, 15), 0.75),  # the start is skipped, the end is not
    ],
)
def test_night_of_a_clock_change_ends_after_it_starts(day, start, end, hours):
    venue = make_venue(time_zone="Europe/Berlin")
    begin, finish = make_series(venue=venue, first_on=day, starts_at=start, ends_at=end).get_times(day)
    assert finish - begin == timedelta(hours=hours)


def test_code_is_drawn_again_when_it_is_taken():
    first = make_series()
    second = make_series(code=first.code)
    assert second.code != first.code
    assert Series.objects.get_by_code(second.code.upper()) == second
    with pytest.raises(NotFound):
        Series.objects.get_by_code("nope")


def test_series_is_run_by_its_hosts_as_long_as_they_have_the_rights():
    host, other, boss = make_user(), make_user(), make_user(is_staff=True, is_superuser=True)
    series = make_series(hosts=(host,))
    make_staff(other)
    assert [list(Series.objects.run_by(user)) for user in (host, other, boss)] == [[series], [], [series]]
    host.groups.clear()
    assert not Series.objects.run_by(host).exists()


def test_series_has_one_night_for_each_day():
    series = make_series()
    make_jam(series=series, series_day=series.first_on)
    make_jam(series=series, series_day=series.first_on + timedelta(days=7))
    with pytest.raises(IntegrityError), transaction.atomic():
        make_jam(series=series, series_day=series.first_on)


@pytest.mark.parametrize("changes", [{"first_on": date(1969, 1, 1)}, {"last_on": date(2020, 1, 1)}, {"rule": "daily"}])
def test_series_that_makes_no_sense_is_refused(changes):
    series = make_series()
    for name, value in changes.items():
        setattr(series, name, value)
    with pytest.raises(ValidationError):
        series.full_clean()
