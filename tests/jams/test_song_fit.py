"""Will it fit, on a night of songs: what the console says about the queue before the hard stop."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from jams.models import EntryStatus, Format, Jam, JamStatus
from jams.selectors.console import read_console
from jams.selectors.song_fit import SongFit, find_song_fit
from jams.services.jam_settings import set_hard_stop_at
from tests.builders import make_band, make_entry, make_jam
from tests.hosts import browser_of, make_host

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 27, 20, 30, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def make_night(songs: int, *, left: float, **values: Any) -> Jam:
    """A night whose music has to stop `left` minutes from now, with so many songs in the queue."""
    night = {"starts_at": NOW - minutes(60), "ends_at": NOW + minutes(400), "hard_stop_at": NOW + minutes(left)}
    jam = make_jam(**{**night, **values})
    for _song in range(songs):
        make_entry(jam=jam)
    return jam


def play(jam: Jam, songs: int, *, length: float, gap: float) -> None:
    """Let so many songs be over, the last one just now."""
    end = NOW
    for _song in range(songs):
        start = end - minutes(length)
        make_entry(jam=jam, status=EntryStatus.PLAYED, started_at=start, finished_at=end)
        end = start - minutes(gap)


def find(jam: Jam) -> SongFit | None:
    return find_song_fit(read_console(Jam.objects.get(pk=jam.pk), now=NOW), now=NOW)


def fit_of(jam: Jam) -> SongFit:
    found = find(jam)
    assert found is not None
    return found


def test_songs_that_fit_before_the_hard_stop_are_counted() -> None:
    """Each takes seven minutes or so; a song on deck is one of those to come."""
    jam = make_night(11, left=45)
    make_entry(jam=jam, status=EntryStatus.ON_DECK, on_deck_at=NOW)
    make_entry(jam=jam, status=EntryStatus.SUGGESTED)
    fit = fit_of(jam)
    assert (4 <= fit.fitting <= 6, fit.songs) == (True, 12)
    assert fit.describe(BERLIN) == f"{fit.fitting} of 12 fit in before 22:15"
    assert fit.describe_end(BERLIN).startswith("At this pace the last song in the queue would end about ")
    assert fit_of(make_night(3, left=45)).fitting == 3


def test_night_without_a_hard_stop_counts_to_its_end() -> None:
    jam = make_night(30, left=0, hard_stop_at=None, ends_at=NOW + minutes(60))
    fit = fit_of(jam)
    assert (0 < fit.fitting < 30, fit.until) == (True, NOW + minutes(60))


def test_song_on_stage_delays_those_to_come() -> None:
    quiet, busy = make_night(10, left=45), make_night(10, left=45)
    make_entry(jam=busy, status=EntryStatus.PLAYING, started_at=NOW)
    ends = [fit_of(jam).end for jam in (quiet, busy)]
    assert ends[0] is not None
    assert ends[1] is not None
    assert ends[1].likely > ends[0].likely + minutes(3)


def test_pace_of_tonight_counts() -> None:
    slow, quick = make_night(12, left=60), make_night(12, left=60)
    play(slow, 8, length=9, gap=4)
    play(quick, 8, length=3, gap=1)
    assert fit_of(slow).fitting < fit_of(make_night(12, left=60)).fitting < fit_of(quick).fitting


def test_hosts_who_only_tap_start_get_the_same_answer() -> None:
    """Whether the two minutes between two songs count as change-over or as part of the song makes no difference."""
    told, untold = make_night(12, left=600), make_night(12, left=600)
    play(told, 15, length=5, gap=2)
    play(untold, 15, length=7, gap=0)
    ends = [fit_of(jam).end for jam in (told, untold)]
    assert ends[0] is not None
    assert ends[1] is not None
    assert abs(ends[0].likely - ends[1].likely) < minutes(10)


def test_far_end_is_not_told_as_a_time_of_day() -> None:
    fit = fit_of(make_night(200, left=45))
    assert (fit.end, fit.describe_end(BERLIN)) == (None, "")
    assert fit.describe(BERLIN) == f"{fit.fitting} of 200 fit in before 22:15"


@pytest.mark.parametrize(
    ("songs", "left", "values"),
    [(0, 45, {}), (3, -1, {}), (3, 45, {"status": JamStatus.SCHEDULED}), (3, 45, {"status": JamStatus.ENDED})],
)
def test_nothing_is_told_without_songs_or_outside_the_hours(songs: int, left: float, values: dict[str, Any]) -> None:
    assert find(make_night(songs, left=left, **values)) is None


@pytest.fixture
def host() -> User:
    return make_host(username="hannah")


def test_console_of_a_song_list_tells_what_fits_and_takes_a_hard_stop(host: User) -> None:
    jam = make_jam(slug="friday", hosts=(host,))
    make_entry(jam=jam)
    client = browser_of(host)
    page = client.get("/host/friday/").text
    assert "1 of 1 fits in before" in page
    assert "At this pace the last song in the queue would end about" in page
    assert 'name="hard_stop_at" type="time" value=""' in page
    stop = timezone.now() + minutes(40)
    set_hard_stop_at(jam=jam, hard_stop_at=stop, user=host, now=timezone.now())
    clock = stop.astimezone(jam.venue.zone).strftime("%H:%M")
    page = client.get("/host/friday/").text
    assert f"1 of 1 fits in before {clock}" in page
    assert f'name="hard_stop_at" type="time" value="{clock}"' in page


def test_console_of_a_mixed_night_counts_its_bands_alone(host: User) -> None:
    jam = make_jam(slug="friday", hosts=(host,), format=Format.MIXED)
    make_entry(jam=jam)
    make_band(jam=jam)
    page = browser_of(host).get("/host/friday/").text
    assert ("1 of 1 band plays before" in page, "fits in before" in page) == (True, False)
