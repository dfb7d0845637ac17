from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from jams.models import Attendee, Band, BandStatus, Format, Jam
from jams.selectors import board
from jams.selectors.band_night import find_waiting_place, group_waiting, read_band_night
from jams.selectors.my_turn import MyTurn, find_my_turn
from tests.builders import make_band, make_entry, make_jam, make_venue, make_waiting

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 27, 20, 30, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
PLAN = [{"part": "bass", "count": 1}, {"part": "drums", "count": 1}, {"part": "guitar", "count": 2}]


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


def make_night(**values: Any) -> Jam:
    venue = make_venue(time_zone="Europe/Berlin")
    start = NOW - minutes(30)
    night = {"format": Format.BANDS, "starts_at": start, "ends_at": start + minutes(240), "stage_plan": PLAN}
    return make_jam(venue=venue, **{**night, **values})


def waits(jam: Jam, name: str, *plays: str, since: int = 30, **values: Any) -> Attendee:
    return make_waiting(jam=jam, name=name, plays=plays or ("guitar",), waits_since=NOW - minutes(since), **values)


def played(jam: Jam, people: dict[Attendee, str], *, ago: int, lasted: int, **values: Any) -> Band:
    times = {"started_at": NOW - minutes(ago), "finished_at": NOW - minutes(ago - lasted)}
    return make_band(jam=jam, people=people, status=BandStatus.PLAYED, **times, **values)


def turn_of(jam: Jam, person: Attendee) -> MyTurn:
    return find_my_turn(read_band_night(jam, now=NOW), Attendee.objects.get(pk=person.pk), zone=BERLIN)


@pytest.mark.parametrize("people", [2, 30])
def test_band_night_takes_three_queries(people, django_assert_num_queries):
    jam = make_night()
    for number in range(people):
        make_band(jam=jam, people={waits(jam, f"Musician {number}"): "guitar"})
    with django_assert_num_queries(3):
        night = read_band_night(jam, now=NOW)
    assert (len(night.coming), len(night.waiting)) == (people, people)


def test_board_of_bands_takes_six_queries_then_none(django_assert_num_queries):
    jam = make_night()
    make_band(jam=jam, people={waits(jam, "Ana", "bass"): "bass"})
    make_entry(jam=jam)
    with django_assert_num_queries(6):
        board.read_current_board(jam.slug)
    with django_assert_num_queries(0):
        board.read_current_board(jam.slug)


def test_board_shows_bands_with_a_range_and_who_waits():
    jam = make_night()
    ana, ben = waits(jam, "Ana", "bass"), waits(jam, "Ben", "drums")
    waits(jam, "Cleo", "guitar")
    make_band(jam=jam, people={ana: "bass", ben: "drums"}, name="Two of a Kind", needs="one mic")
    html = board.read_board(jam.slug, order=1).sections["bands"]
    for words in ("Two of a Kind", "one mic", "Ana", "Ben", "Cleo", "between", "0 of 3 musicians have played"):
        assert words in html


def test_long_running_order_is_cut_and_its_rest_counted():
    jam = make_night(format=Format.OPEN_MIC)
    for number in range(30):
        make_band(jam=jam, name=f"Act {number:02}", place=number)
    html = board.read_board(jam.slug, order=1).sections["bands"]
    assert ["Act 02" in html, "Act 19" in html, "Act 20" in html, "and 10 more" in html] == [True, True, False, True]


def test_board_of_songs_has_no_bands_and_no_more_queries(django_assert_num_queries):
    jam = make_entry().jam
    with django_assert_num_queries(3):
        shown = board.read_board(jam.slug, order=1)
    assert (shown.night, shown.sections["bands"].count("<")) == (None, 2)


def test_waiting_place_counts_those_with_the_same_instrument():
    jam = make_night()
    waits(jam, "Ana", "bass", since=50)
    waits(jam, "Ben", "drums", since=45)
    waits(jam, "Out", "bass", since=60, sits_out=True)
    waits(jam, "House", "bass", since=60, in_house_band=True)
    cleo = waits(jam, "Cleo", "bass", since=20)
    place = find_waiting_place(read_band_night(jam, now=NOW), cleo.pk)
    assert place is not None
    assert (place.instrument, place.place, place.of) == ("bass", 2, 2)


def test_two_guitars_per_band_bring_the_third_guitarist_into_the_second():
    jam = make_night()
    first, second, third = (waits(jam, f"Guitarist {number}", since=60 - number) for number in range(3))
    night = read_band_night(jam, now=NOW)
    one, two, three = (find_waiting_place(night, person.pk) for person in (first, second, third))
    assert one
    assert two
    assert three
    assert one.start == two.start == night.estimate_turn(0)
    assert three.start == night.estimate_turn(1)


def test_who_has_played_waits_behind_who_has_not():
    jam = make_night()
    ana, ben = waits(jam, "Ana", "bass", since=50), waits(jam, "Ben", "bass", since=5)
    played(jam, {ana: "bass"}, ago=25, lasted=15)
    night = read_band_night(jam, now=NOW)
    assert [person.name for person in night.queue] == ["Ben", "Ana"]
    jam.everyone_once_first = False
    assert [person.name for person in read_band_night(jam, now=NOW).queue] == ["Ana", "Ben"]
    assert ben.name == group_waiting(night)[0][1][0].name


def test_my_turn_says_where_i_stand():
    jam = make_night()
    ana = waits(jam, "Ana", "bass")
    said = turn_of(jam, ana)
    assert said.sentence.startswith("You're number 1 of 1 for bass, about 21:")
    assert said.short.startswith("1/1 · about 21:")
    band = make_band(jam=jam, people={ana: "bass"})
    assert turn_of(jam, ana).sentence.startswith("You play about 21:")
    Band.objects.filter(pk=band.pk).update(status=BandStatus.CALLED, called_at=NOW)
    assert turn_of(jam, ana).call.startswith("You're up next, about 21:")
    make_band(jam=jam, people={waits(jam, "Ben", "bass"): "bass"}, status=BandStatus.ON_STAGE, started_at=NOW)
    assert turn_of(jam, ana).call.startswith("You're up after this one, about 21:")


def test_my_turn_on_stage_and_off_the_list():
    jam = make_night()
    ana, ben = waits(jam, "Ana", "bass"), waits(jam, "Ben", "bass", sits_out=True)
    make_band(jam=jam, people={ana: "bass"}, status=BandStatus.ON_STAGE, started_at=NOW)
    assert turn_of(jam, ana).call == "You're on stage now."
    assert turn_of(jam, ben).sentence.startswith("You're sitting out.")
    Attendee.objects.filter(pk=ben.pk).update(sits_out=False, waits_since=None)
    assert turn_of(jam, ben).sentence == "You're not on the waiting list."


def test_instrument_without_a_place_on_stage_gets_no_time():
    jam = make_night()
    accordionist = waits(jam, "Ana", "accordion")
    assert turn_of(jam, accordionist).sentence == "You're number 1 of 1 for accordion."


def test_fairness_counts_who_has_played_and_the_median_wait():
    jam = make_night()
    ana, ben = waits(jam, "Ana", "bass", since=10), waits(jam, "Ben", "drums", since=10)
    for number, since in enumerate((20, 40, 60)):
        waits(jam, f"Guitarist {number}", since=since)
    band = played(jam, {ana: "bass", ben: "drums"}, ago=25, lasted=15)
    band.seats.update(waited_since=NOW - minutes(35))
    fairness = read_band_night(jam, now=NOW).fairness
    words = "2 of 5 musicians have played; median wait 20 min; nobody twice before everyone once"
    assert fairness.describe() == words


def test_pace_learns_from_sets_by_their_songs():
    """Sets of three songs that took 15 minutes went as planned, also after sets were made shorter."""
    jam = make_night(set_songs=1)
    for number in range(3):
        band = played(jam, {waits(jam, f"Musician {number}"): "guitar"}, ago=100 - 20 * number, lasted=15)
        for _song in range(3):
            make_entry(jam=jam, band=band)
    jam.starts_at = NOW - minutes(120)
    night = read_band_night(jam, now=NOW)
    assert abs(night.pace.turns.mean) < 0.05


def test_song_on_stage_does_not_make_the_set_shorter():
    """A set is as long as planned until more songs than that have been started."""
    jam = make_night(set_songs=3)
    band = make_band(jam=jam, people={waits(jam, "Ana"): "guitar"}, status=BandStatus.ON_STAGE, started_at=NOW)
    planned = []
    for _song in range(4):
        make_entry(jam=jam, band=band)
        planned.append(read_band_night(jam, now=NOW).stage.planned)
    assert planned == [15, 15, 15, 20]


def test_musician_with_an_act_to_come_still_waits_for_a_band():
    jam = make_night(format=Format.MIXED)
    ana, ben = waits(jam, "Ana"), waits(jam, "Ben")
    make_band(jam=jam, people={ana: "guitar"}, name="Solo Ana")
    make_band(jam=jam, people={ben: "guitar"})
    assert [person.name for person in read_band_night(jam, now=NOW).queue] == ["Ana"]


def test_sign_up_makes_sense_until_the_last_turn_before_the_hard_stop():
    jam = make_night(hard_stop_at=NOW + minutes(60))
    night = read_band_night(jam, now=NOW)
    assert night.last_sign_up is not None
    assert minutes(25) < night.last_sign_up - NOW < minutes(45)
    for number in range(6):
        make_band(jam=jam, name=f"Act {number}")
    assert read_band_night(jam, now=NOW).last_sign_up is None
