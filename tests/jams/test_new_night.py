"""The form for a new night: the times it proposes, songs from a list or a file, and what a mistake leaves in it."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile

from jams.models import Jam, JamStatus
from jams.selectors.planning import propose_times
from songs.models import Song
from tests.builders import make_jam, make_song, make_user, make_venue
from tests.hosts import browser_of, make_host
from tests.jams.host_forms import NEW

pytestmark = pytest.mark.django_db

BERLIN = ZoneInfo("Europe/Berlin")
ADDRESS = "/host/nights/new/"
NOT_SAVED = "Nothing has been saved yet. Please check:"


@pytest.fixture
def host() -> User:
    return make_host(username="hannah")


@pytest.mark.parametrize(
    ("now", "start", "end"),
    [
        ("2026-11-27T10:00", "27 20:00", "27 23:30"),
        ("2026-11-27T20:00", "27 20:00", "27 23:30"),
        ("2026-11-27T20:01", "27 20:15", "27 23:45"),
        ("2026-11-27T21:59", "27 22:00", "28 01:30"),
        ("2026-11-27T22:00", "28 20:00", "28 23:30"),
        ("2026-11-27T23:30", "28 20:00", "28 23:30"),
        ("2026-11-28T00:30", "28 20:00", "28 23:30"),
        ("2026-10-24T21:59", "24 22:00", "25 01:30"),  # the clock changes an hour and a half later
        ("2026-12-31T23:59", "01 20:00", "01 23:30"),
    ],
)
def test_the_proposed_times_are_still_to_come(now: str, start: str, end: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=BERLIN)
    found = propose_times(moment.astimezone(UTC), BERLIN)
    assert [time.strftime("%d %H:%M") for time in found] == [start, end]
    assert moment <= found[0] < found[1]


def test_an_end_after_midnight_may_have_the_day_of_the_start(host: User) -> None:
    browser_of(host).post(ADDRESS, {**NEW, "starts_at": "2126-11-29T20:00", "ends_at": "2126-11-29T00:30"})
    assert Jam.objects.get().ends_at == datetime(2126, 11, 29, 23, 30, tzinfo=UTC)


def test_a_form_without_mistakes_says_nothing_of_them(host: User) -> None:
    assert NOT_SAVED not in browser_of(host).get(ADDRESS).text


def test_a_night_that_would_be_over_already_is_refused(host: User) -> None:
    sent = {**NEW, "starts_at": "2020-11-29T20:00", "ends_at": "2020-11-30T00:30"}
    response = browser_of(host).post(ADDRESS, sent)
    assert (response.status_code, "That is in the past. Choose a later day." in response.text) == (200, True)
    assert Jam.objects.count() == 0


CSV = "Title;Artist;Key\nZombie;The Cranberries;Em\nCreep;Radiohead;A\n"
LISTS: dict[str, dict[str, Any]] = {
    "chosen": {"songs_from": "list", "lines": "Zombie - The Cranberries\nCreep - Radiohead"},
    "typed without choosing it": {"songs_from": "", "lines": "Zombie - The Cranberries\nCreep - Radiohead"},
    "a file": {"songs_from": "list", "file": CSV.encode()},
    "a file of another system": {"songs_from": "list", "file": CSV.encode("utf-16")},
}


@pytest.mark.parametrize("sent", LISTS.values(), ids=LISTS)
def test_a_new_night_takes_the_songs_of_a_list(host: User, sent: dict[str, Any]) -> None:
    make_song(title="Creep", artist="Radiohead", key="G")
    files = {"file": SimpleUploadedFile("set.csv", sent["file"])} if "file" in sent else {}
    response = browser_of(host).post(ADDRESS, {**NEW, **sent, **files}, follow=True)
    assert "Friday Jam is planned, with 2 songs." in response.text
    entries = Jam.objects.get().entries.order_by("song__title").values_list("song__title", "song__key")
    assert list(entries) == [("Creep", "G"), ("Zombie", "Em" if files else "")]  # the library's own key stays
    songs = browser_of(host).get(f"/host/{Jam.objects.get().slug}/songs/").text
    assert "hannah added songs to the set list: 2" in songs
    assert "Undo" in songs


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no name": ({"name": ""}, "This field is required."),
    "a line that is no song": ({"lines": "Creep - Radiohead\nValerie"}, "2. Valerie: Write a dash"),
    "no list": ({"lines": ""}, "Paste one song per line"),
    "too many lines": ({"lines": "A - B\n" * 201}, "Paste up to 200 lines"),
    "a picture": ({"file": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"}, "a text file. Save your table as a CSV file first."),
    "a large file": ({"file": b"A - B\n" * 40_001}, "Paste up to 200 lines"),
    "a file with a wrong line": ({"file": b"title,artist\nCreep,Radiohead\nValerie,\n"}, "3. Valerie,: "),
}


@pytest.mark.parametrize(("changes", "sentence"), WRONG.values(), ids=WRONG)
def test_a_form_that_comes_back_keeps_the_list(host: User, changes: dict[str, Any], sentence: str) -> None:
    sent = {**NEW, "songs_from": "list", "lines": "Creep - Radiohead", **changes}
    if "file" in changes:
        sent["file"] = SimpleUploadedFile("set.csv", changes["file"])
    response = browser_of(host).post(ADDRESS, sent)
    assert (response.status_code, sentence in response.text) == (200, True)
    assert NOT_SAVED in response.text  # at the top, where a phone shows it
    assert ("Creep" in response.text) == bool(sent["lines"].startswith("Creep"))
    assert (Jam.objects.count(), Song.objects.count()) == (0, 0)


def test_each_line_that_is_no_song_has_a_line_of_its_own(host: User) -> None:
    page = browser_of(host).post(ADDRESS, {**NEW, "lines": "Our songs\nCreep - Radiohead\nValerie"}).text
    told = re.search(r'id="id_lines_error">(.*?)</div>', page, re.DOTALL)
    assert told
    assert re.findall(r"(\d)\. (\w+)", told[1]) == [("1", "Our"), ("3", "Valerie")]
    assert told[1].count("<br>") == 1


def test_a_set_list_that_is_full_keeps_the_form(host: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jams.services.added_songs.MAX_SET_LIST", 1)
    lines = "Creep - Radiohead\nZombie - The Cranberries"
    response = browser_of(host).post(ADDRESS, {**NEW, "songs_from": "list", "lines": lines})
    assert "A set list can have up to 1 songs." in response.text
    assert "The Cranberries</textarea>" in response.text
    assert (Jam.objects.count(), Song.objects.count()) == (0, 0)


def test_who_may_not_add_songs_lists_known_ones() -> None:
    helper, venue = make_user(is_staff=True), make_venue(name="Blue Lantern")
    helper.user_permissions.set(Permission.objects.filter(codename__in=["add_jam", "change_jam", "add_entry"]))
    make_song(title="Creep", artist="Radiohead")
    sent = {**NEW, "venue": str(venue.pk), "songs_from": "list"}
    browser = browser_of(helper)
    refused = browser.post(ADDRESS, {**sent, "lines": "Zombie - The Cranberries"})
    assert "Your account can&#x27;t add songs to the library." in refused.text
    browser.post(ADDRESS, {**sent, "lines": "Creep - Radiohead"})
    assert Jam.objects.get().entries.count() == 1


OVERLAPS: dict[str, tuple[dict[str, Any], bool]] = {
    "the same hours": ({}, True),
    "an hour of it": ({"starts_at": "2126-11-29T18:00", "ends_at": "2126-11-29T21:00"}, True),
    "right before": ({"starts_at": "2126-11-29T18:00", "ends_at": "2126-11-29T20:00"}, False),
    "another day": ({"starts_at": "2126-12-01T20:00", "ends_at": "2126-12-01T23:00"}, False),
    "another venue": ({"venue": "new"}, False),
}


@pytest.mark.parametrize(("changes", "is_remarked"), OVERLAPS.values(), ids=OVERLAPS)
def test_two_nights_at_once_at_a_venue_are_remarked_upon(
    host: User, changes: dict[str, Any], is_remarked: bool
) -> None:
    """A remark, and no refusal: two stages may well be busy at once."""
    venue = make_venue(name="Lantern", time_zone="Europe/Berlin")
    start = datetime(2126, 11, 29, 20, tzinfo=BERLIN)
    values: dict[str, Any] = {
        "venue": venue,
        "starts_at": start,
        "ends_at": start + timedelta(hours=3),
        "status": JamStatus.SCHEDULED,
    }
    make_jam(name="Open Mic", hosts=(host,), **values)
    make_jam(name="Called off", hosts=(host,), **{**values, "status": JamStatus.CANCELLED})
    browser = browser_of(host)
    page = browser.post(ADDRESS, {**NEW, "venue": str(venue.pk), **changes}, follow=True).text
    remark = "Another night is at Lantern at the same time: Open Mic, 29 Nov 2126, 20:00\N{EN DASH}23:00."
    assert (remark in page, "is planned" in page) == (is_remarked, True)
    night = Jam.objects.get(name="Friday Jam")
    saved = browser.post(
        f"/host/{night.slug}/edit/", {**NEW, "venue": str(night.venue_id), **changes}, follow=True
    ).text
    assert (remark in saved, "Saved." in saved) == (is_remarked and "venue" not in changes, "venue" not in changes)
