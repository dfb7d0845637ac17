"""A row written past the application that cannot be shown: every list shows the others, and the log names it."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from jams.models import EntryStatus, Jam, JamStatus, Series
from songs.models import Song
from tests.builders import make_entry, make_jam, make_series, make_song, make_user, make_venue
from tests.hosts import browser_of, make_host
from venues.models import Venue

pytestmark = pytest.mark.django_db
NOW = timezone.now()
TAG, BROKEN = re.compile("<[^>]+>"), re.compile("Broken Night(?! of Old)")


@contextmanager
def written_past_the_rules() -> Iterator[None]:
    """Let statements write what the tables' own checks refuse."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what waits for the commit forbids to alter the table
            cursor.execute("ALTER TABLE jams_jam DROP CONSTRAINT jam_times_in_calendar")  # for this test
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints = ON")
        yield
        cursor.execute("PRAGMA ignore_check_constraints = OFF")


@pytest.fixture
def good() -> Jam:
    """A night that must be on every list, with its song and its series."""
    series = make_series(name="Good Series")
    night = make_jam(name="Good Night", series=series, series_day=NOW.date(), venue=make_venue(name="Good Night House"))
    make_entry(jam=night, song=make_song(title="Common"))
    return night


def break_time(night: Jam) -> str:
    with written_past_the_rules():
        far = "9999-12-31 23:30:00" + ("+00" if connection.vendor == "postgresql" else "")
        with connection.cursor() as cursor:
            cursor.execute("UPDATE jams_jam SET ends_at = %s WHERE id = %s", [far, night.pk])
    Venue.objects.filter(pk=night.venue_id).update(time_zone="Pacific/Auckland")
    return f"jams.Jam {night.pk} "


def break_zone(night: Jam) -> str:
    Venue.objects.filter(pk=night.venue_id).update(time_zone="Mars/Base")
    return f"jams.Jam {night.pk} "


def break_zone_with_a_folder(night: Jam) -> str:
    Venue.objects.filter(pk=night.venue_id).update(time_zone="Europe")
    return f"jams.Jam {night.pk} "


def break_slug(night: Jam) -> str:
    Jam.objects.filter(pk=night.pk).update(slug="a b/c")
    return f"jams.Jam {night.pk} "


BREAKS = [break_time, break_zone, break_zone_with_a_folder, break_slug]
PAGES = [
    *("/", "/jams/", "/jams/?when=coming", "/jams.ics", "/search/?q=night", "/search/suggestions/?q=night"),
    *("/api/v1/jams", "/api/v1/jams?when=coming", "/api/v1/search?q=night"),
]


@pytest.mark.parametrize("broken", BREAKS)
def test_lists_show_the_others_and_log_the_row(good: Jam, broken, caplog, client: Client) -> None:
    night = make_jam(name="Broken Night", venue=make_venue(name="Other House"))
    past = make_jam(
        name="Broken Night of Old", venue=night.venue, starts_at=NOW - timedelta(days=3), status=JamStatus.ENDED
    )
    song = Song.objects.get()
    for jam in (night, past):
        make_entry(jam=jam, song=song)
    said = broken(night)
    with caplog.at_level(logging.ERROR, logger="core.showable"):
        for page in [*PAGES, f"/songs/{song.pk}/"]:
            caplog.clear()
            response = client.get(page)
            text = TAG.sub("", response.content.decode())
            assert (page, response.status_code, "Good Night" in text) == (page, 200, True)
            assert BROKEN.search(text) is None, page
            assert said in caplog.text, page


def test_lists_of_venues_series_and_plays_leave_out_what_is_broken(good: Jam, client: Client) -> None:
    bad = make_venue(name="Bad House", slug="bad-house")
    played = {"status": EntryStatus.PLAYED, "started_at": NOW, "finished_at": NOW}
    song = Song.objects.get()
    make_entry(jam=make_jam(name="Bad Night", venue=bad), song=song, **played)
    Venue.objects.filter(pk=bad.pk).update(time_zone="Mars/Base")
    Series.objects.filter(pk=make_series(name="Bad Series", venue=good.venue).pk).update(rule="FREQ=NEVER")
    for page in ("/venues/", "/api/v1/venues", "/search/?q=house", f"/venues/{good.venue.slug}/", f"/songs/{song.pk}/"):
        response = client.get(page)
        text = TAG.sub("", response.content.decode())
        assert (page, response.status_code, "Good" in text, "Bad " in text) == (page, 200, True, False)


def test_home_of_a_host_and_frame_of_a_venue_leave_out_broken_nights(client: Client) -> None:
    host, venue = make_host(), make_venue()
    bad = make_jam(name="Bad Night", hosts=(host,), venue=venue)
    make_entry(jam=bad)
    make_jam(
        name="Good Night", hosts=(host,), venue=venue, starts_at=NOW + timedelta(hours=2), status=JamStatus.SCHEDULED
    )
    break_slug(bad)
    for browser, page in ((browser_of(host), "/host/"), (client, f"/embed/venues/{venue.slug}/")):
        text = browser.get(page).content.decode()
        assert ("Good Night" in text, "Bad Night" in text) == (True, False)


@pytest.mark.parametrize("broken", BREAKS)
def test_admin_marks_a_broken_night_and_hosts_plan_the_next_one(good: Jam, broken, caplog) -> None:
    administrator = browser_of(make_user(is_staff=True, is_superuser=True))
    night = make_jam(name="Broken Night", venue=make_venue(name="Other House"))
    make_entry(jam=night)
    said = broken(night)
    listed = administrator.get("/admin/jams/jam/").content.decode()
    assert ("Good Night" in listed, "Broken Night" in listed, listed.count("can&#x27;t be shown")) == (True, True, 1)
    assert said in caplog.text
    form = administrator.get("/host/nights/new/").content.decode()
    assert ("Good Night" in form, BROKEN.search(form)) == (True, None)


def test_a_series_that_cannot_be_shown_takes_no_page_with_it(good: Jam, client: Client) -> None:
    Series.objects.update(rule="FREQ=NEVER")
    assert client.get(good.get_absolute_url()).status_code == 200
    listed = browser_of(make_user(is_staff=True, is_superuser=True)).get("/admin/jams/series/").content.decode()
    assert ("Good Series" in listed, "can&#x27;t be shown" in listed) == (True, True)


def test_a_night_that_was_changed_in_another_age_stays_in_the_calendar(good: Jam, client: Client) -> None:
    Jam.objects.filter(pk=good.pk).update(created_at=NOW.replace(year=1), revised_at=NOW.replace(year=9998))
    assert "SEQUENCE:2147483647" in client.get("/jams.ics").content.decode()
