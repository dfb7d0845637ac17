"""Will it fit, and shorter sets: what the host is told, what the button does, and what the room reads."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from core.exceptions import ActionError
from jams.models import BandStatus, Event, Format, Jam
from jams.selectors import board
from jams.selectors.band_night import read_band_night
from jams.selectors.bands import read_bands
from jams.selectors.set_length import Fit, find_fit
from jams.services.bands import start_band
from jams.services.event_log import describe_event
from jams.services.jam_settings import set_set_minutes, set_set_songs, shorten_sets
from jams.services.stage import start_song
from jams.services.undo import undo_event
from tests.builders import make_band, make_entry, make_jam, make_user, make_waiting

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 27, 20, 30, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


def make_night(bands: int, hours: float, **values: Any) -> Jam:
    night = {"format": Format.BANDS, "starts_at": NOW, "ends_at": NOW + timedelta(hours=hours)}
    jam = make_jam(**{**night, **values})
    for number in range(bands):
        make_band(jam=jam, name=f"Band {number}", place=number)
    return jam


def fit_of(jam: Jam) -> Fit:
    found = find_fit(read_band_night(Jam.objects.select_related("venue").get(pk=jam.pk), now=NOW))
    assert found is not None
    return found


@pytest.fixture
def host() -> User:
    return make_user(username="hannah")


def test_crowded_night_is_told_how_long_sets_may_be() -> None:
    """Eight sets of 15 minutes with 5 between take 160 minutes, eight of 10 take 120: the night has 140."""
    fit = fit_of(make_night(8, hours=140 / 60))
    assert (fit.fitting < 8, fit.turns, fit.shorter, fit.fitting_then) == (True, 8, 2, 8)
    sentence = fit.describe(BERLIN)
    assert sentence.startswith(f"At this pace {fit.fitting} of 8 bands play before 23:50; with sets of 2 songs all ")


def test_night_with_room_is_told_so_and_offered_nothing() -> None:
    fit = fit_of(make_night(3, hours=4))
    assert (fit.fitting, fit.shorter) == (3, 0)
    assert fit.describe(BERLIN) == "At this pace 3 of 3 bands play before 01:30."


def test_hopeless_night_is_offered_the_shortest_sets() -> None:
    fit = fit_of(make_night(40, hours=2, format=Format.OPEN_MIC, set_minutes=15))
    assert fit.shorter == 5
    assert fit.fitting < fit.fitting_then < 40
    assert f"acts play before 23:30; with sets of 5 min {fit.fitting_then} do." in fit.describe(BERLIN)


def test_set_in_minutes_is_shortened_by_as_little_as_will_do() -> None:
    jam = make_night(8, hours=140 / 60, set_minutes=15)
    fit = fit_of(jam)
    assert fit.counts_minutes
    told = []
    for length in (fit.shorter, fit.shorter + 1):
        Jam.objects.update(set_minutes=length)
        told.append(fit_of(jam).fitting == 8)
    assert told == [True, False]


def test_bands_for_those_who_wait_for_their_first_turn_count() -> None:
    jam = make_night(1, hours=4, stage_plan=[{"part": "guitar", "count": 2}, {"part": "bass", "count": 1}])
    for number in range(5):
        make_waiting(jam=jam, name=f"Guitarist {number}", waits_since=NOW)
    make_waiting(jam=jam, name="Ana", plays=["bass"], waits_since=NOW)
    assert (fit_of(jam).turns, fit_of(jam).listed) == (1 + 3, 1)


def test_nobody_to_come_leaves_nothing_to_say() -> None:
    assert find_fit(read_band_night(make_night(0, hours=4), now=NOW)) is None


def test_console_says_nothing_outside_the_hours_of_the_jam() -> None:
    jam = make_night(3, hours=1)
    told = [read_bands(jam, now=NOW + minutes(late)).fit is None for late in (0, 61)]
    assert told == [False, True]


def test_host_shortens_sets_once_and_can_undo_it(host: User) -> None:
    jam = make_night(1, hours=4)
    now = timezone.now()
    events = [shorten_sets(jam=jam, songs=2, user=host, now=now) for _host in range(2)]
    assert events[0] is not None
    assert (events[1], Event.objects.count()) == (None, 1)
    assert describe_event(events[0]) == "hannah made sets shorter: 2"
    shown = board.read_board(jam.slug, order=1)
    words = "Sets are shorter now, so that more of you can play: 2 songs each."
    assert [words in html for html in (shown.sections["bands"], shown.stage)] == [True, True]
    undo_event(event=events[0], user=host, now=now)
    jam.refresh_from_db()
    assert (jam.set_songs, words in board.read_board(jam.slug, order=2).stage) == (3, False)


def test_host_who_was_slower_does_not_make_sets_longer_again(host: User) -> None:
    jam = make_night(1, hours=4)
    seen_before = Jam.objects.get()
    shorten_sets(jam=jam, songs=1, user=host, now=NOW)
    assert shorten_sets(jam=seen_before, songs=2, user=host, now=NOW) is None
    assert Jam.objects.get().set_songs == 1


def test_button_that_counts_songs_does_nothing_to_minutes(host: User) -> None:
    jam = make_night(1, hours=4)
    set_set_minutes(jam=jam, set_minutes=15, user=host, now=NOW)
    with pytest.raises(ActionError, match="how sets are counted"):
        shorten_sets(jam=jam, songs=2, user=host, now=NOW)
    event = shorten_sets(jam=jam, minutes=10, user=host, now=NOW)
    assert event is not None
    assert (Jam.objects.get().set_minutes, describe_event(event)) == (10, "hannah made sets shorter: 10 min")


def test_room_is_no_longer_told_once_the_host_sets_the_length(host: User) -> None:
    jam = make_night(1, hours=4)
    shorten_sets(jam=jam, songs=2, user=host, now=NOW)
    set_set_songs(jam=jam, set_songs=3, user=host, now=NOW)
    assert not Jam.objects.get().sets_shortened


def test_band_on_stage_finishes_its_song_when_sets_get_shorter(host: User) -> None:
    """It has begun its second of three songs when sets are shortened to one."""
    jam = make_night(1, hours=4)
    band = jam.bands.get()
    start_band(jam=jam, band=band.pk, user=host, now=NOW)
    entries = [make_entry(jam=jam) for _song in range(3)]
    start_song(jam=jam, entry=entries[0], seen=None, user=host, now=NOW)
    start_song(jam=jam, entry=entries[1], seen=entries[0].pk, user=host, now=NOW + minutes(4))
    shorten_sets(jam=jam, songs=1, user=host, now=NOW + minutes(5))
    with pytest.raises(ActionError, match="has played its set"):
        start_song(jam=jam, entry=entries[2], seen=entries[1].pk, user=host, now=NOW + minutes(9))
    band.refresh_from_db()
    entries[1].refresh_from_db()
    assert (band.status, entries[1].status) == (BandStatus.ON_STAGE, "playing")
