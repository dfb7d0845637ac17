"""Start and end of a jam in the admin's form, around changes of clocks."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from jams.models import Jam
from tests.builders import make_jam, make_venue
from tests.hosts import browser_of, form_of, make_host

pytestmark = pytest.mark.django_db


@pytest.fixture
def jam() -> Jam:
    """A jam in the night in which Berlin's clocks go back, from the second half past two to half past four."""
    start, end = (datetime(2026, 10, 25, hour, 30, 15, tzinfo=UTC) for hour in (1, 3))
    return make_jam(hosts=(make_host(),), venue=make_venue(time_zone="Europe/Berlin"), starts_at=start, ends_at=end)


def save(jam: Jam, **changes: str) -> tuple[datetime, datetime]:
    browser, page = browser_of(jam.hosts.get()), reverse("admin:jams_jam_change", args=[jam.pk])
    assert browser.post(page, {**form_of(browser.get(page)), **changes}).status_code == 302
    jam.refresh_from_db()
    return jam.starts_at, jam.ends_at


def test_editing_a_jam_in_a_doubled_hour_keeps_its_times(jam: Jam) -> None:
    times = (jam.starts_at, jam.ends_at)
    assert save(jam, name="Long night") == times


def test_an_end_in_the_doubled_hour_is_the_one_after_the_start(jam: Jam) -> None:
    start, end = save(jam, ends_at="2026-10-25T02:45")
    assert (start, end) == (jam.starts_at, datetime(2026, 10, 25, 1, 45, tzinfo=UTC))


def test_a_start_in_the_missing_hour_is_after_the_change(jam: Jam) -> None:
    start, _end = save(jam, starts_at="2027-03-28T02:30", ends_at="2027-03-28T05:00")
    assert start == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)


def test_times_are_read_in_the_zone_of_the_newly_chosen_venue(jam: Jam) -> None:
    auckland = make_venue(time_zone="Pacific/Auckland")
    start, _end = save(jam, venue=str(auckland.pk), starts_at="2027-01-01T20:00", ends_at="2027-01-01T23:00")
    assert start == datetime(2027, 1, 1, 7, tzinfo=UTC)
