"""The code of a series: where it leads, its QR code and poster, and what pages say of the series."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from jams.models import Jam, JamStatus, Series
from jams.selectors.series import find_tonight_or_next
from jams.services.jam_status import end_jam
from tests.builders import make_jam, make_series, make_user, make_venue

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 26, 12, tzinfo=timezone.get_default_timezone())


def make_night(series: Series, start: datetime, **values: Any) -> Jam:
    planned: dict[str, Any] = {"series": series, "venue": series.venue, "starts_at": start}
    return make_jam(**{**planned, "status": JamStatus.SCHEDULED, **values})


@pytest.fixture
def series() -> Series:
    return make_series(venue=make_venue(name="Blue Lantern"), name="Thursday Jam", first_on=NOON.date(), code="abcde")


def lead(series: Series, now: datetime) -> Jam | None:
    return find_tonight_or_next(series, now)


def test_code_leads_to_tonight_else_to_the_next_night(series: Series) -> None:
    later = make_night(series, NOON + timedelta(days=7))
    assert lead(series, NOON) == later
    tonight = make_night(series, NOON + timedelta(hours=8))
    make_night(series, NOON - timedelta(days=7), status=JamStatus.ENDED)
    assert lead(series, NOON) == tonight
    Jam.objects.filter(pk=tonight.pk).update(status=JamStatus.LIVE)
    assert lead(series, NOON + timedelta(hours=13)) == tonight  # after midnight
    Jam.objects.filter(pk=tonight.pk).update(status=JamStatus.ENDED, ended_at=NOON + timedelta(hours=13))
    assert lead(series, NOON + timedelta(hours=13)) == later


def test_code_leads_to_a_night_that_is_cancelled_tonight_and_to_no_later_one(series: Series) -> None:
    tonight, later = make_night(series, NOON + timedelta(hours=8)), make_night(series, NOON + timedelta(days=7))
    for night in (tonight, later):
        end_jam(jam=night, user=make_user(), now=NOON)
    last = make_night(series, NOON + timedelta(days=14))
    assert [lead(series, NOON + timedelta(hours=hours)) for hours in (0, 9, 24)] == [tonight, tonight, last]


def test_today_is_that_of_the_venue() -> None:
    series = make_series(venue=make_venue(time_zone="Pacific/Kiritimati"))
    today = make_night(series, NOON + timedelta(hours=8))  # 10:00 on the next day there
    assert lead(series, NOON) == today


def test_code_without_a_night_says_so(client: Client, series: Series) -> None:
    page = client.get("/s/abcde/")
    assert (page.status_code, "No night is planned at the moment." in page.text) == (200, True)
    assert client.get("/s/zzzzz/").status_code == 404


def test_code_sends_on_to_the_night_and_is_never_kept(client: Client, series: Series) -> None:
    night = make_night(series, timezone.now() + timedelta(days=3), slug="thursday")
    response = client.get("/s/ABCDE/")
    assert (response.status_code, response["Location"]) == (302, night.get_absolute_url())
    assert "no-store" in response["Cache-Control"]


def test_qr_code_and_poster_lead_to_the_series(client: Client, series: Series, settings) -> None:
    settings.BASE_URL = "https://jam.example"
    poster = client.get("/s/abcde/poster/").text
    for words in ("Thursday Jam", "Every Thursday, 20:00", "Blue Lantern", "jam.example/s/abcde", "/s/abcde/qr.svg"):
        assert words in poster
    assert client.get("/s/abcde/qr.svg")["Content-Type"] == "image/svg+xml"
    assert client.get("/s/abcde/qr.png").content.startswith(b"\x89PNG")


def test_night_names_its_series_and_the_next_nights(client: Client, series: Series) -> None:
    start = timezone.now() + timedelta(days=1)
    nights = [make_night(series, start + timedelta(days=7 * week), slug=f"week{week}") for week in range(5)]
    end_jam(jam=nights[1], user=make_user(), now=timezone.now())
    page = client.get("/jams/week0/").text
    assert "Part of <bdi>Thursday Jam</bdi>: every Thursday." in page
    assert [f'href="/jams/week{week}/"' in page for week in range(5)] == [False, True, True, True, False]
    assert page.count("(cancelled)") == 1


def test_cancelled_night_says_so_and_leads_to_the_next_one(client: Client, series: Series) -> None:
    start = timezone.now() + timedelta(days=1)
    for week in range(2):
        make_night(series, start + timedelta(days=7 * week), slug=f"week{week}", name=f"Week {week}")
    end_jam(jam=Jam.objects.get(slug="week0"), user=make_user(), now=timezone.now())
    page = client.get("/jams/week0/").text
    assert ("This night has been cancelled." in page, "Next night:" in page) == (True, True)
    for path in ("/jams/", f"/venues/{series.venue.slug}/"):
        text = client.get(path).text
        assert (text.count(">cancelled<"), "Week 0" in text) == (1, True), path
    assert "This night has been cancelled." in client.get("/jams/week0/stage/").text


def test_venue_names_its_series_as_long_as_they_go_on(client: Client, series: Series) -> None:
    long_ago = NOON.date() - timedelta(days=700)
    make_series(venue=series.venue, name="Old Jam", first_on=long_ago, last_on=long_ago)
    make_series(name="Elsewhere")
    page = client.get(f"/venues/{series.venue.slug}/").text
    assert [words in page for words in ('href="/s/abcde/"', "Old Jam", "Elsewhere")] == [True, False, False]


def test_series_page_takes_two_queries_with_any_number_of_nights(client, series, django_assert_num_queries) -> None:
    for week in range(30):
        make_night(series, timezone.now() + timedelta(days=1 + 7 * week))
    with django_assert_num_queries(2):
        assert client.get("/s/abcde/").status_code == 302
    assert series.starts_at == time(20)


def test_lines_of_a_description_stay_lines(client: Client, series: Series) -> None:
    words: dict[str, Any] = {"description": "Bring your sticks.\nHouse band: <3"}
    Series.objects.filter(pk=series.pk).update(**words)
    for address in ("/s/abcde/", make_jam(**words).get_absolute_url()):
        assert "Bring your sticks.<br>House band: &lt;3" in client.get(address).text, address
