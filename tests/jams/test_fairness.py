"""Fairness of a night, against nights that were counted by hand."""

from datetime import UTC, datetime, timedelta

import pytest

from jams.models import BandStatus, Format
from jams.selectors.band_night import read_band_night
from jams.selectors.fairness import Fairness, Played, Turn, measure_fairness
from jams.selectors.night_report import read_night_report
from jams.services.bands import call_band, finish_band, start_band
from tests.builders import make_attendee, make_band, make_jam, make_user, make_waiting
from tests.hosts import browser_of, make_host

EIGHT = datetime(2026, 11, 27, 20, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return EIGHT + timedelta(minutes=minutes)


def turn(start: int, *people: tuple[int, str, int]) -> Turn:
    """Return a turn, chosen two minutes before it starts; `people` are (id, instrument, minute when the wait began)."""
    return Turn(at(start - 2), at(start), tuple(Played(who, what, at(since)) for who, what, since in people))


def test_night_counted_by_hand() -> None:
    """Otis (1) drums in all three bands; while he does so again, first Ben and Cleo wait, and then only Cleo.

    Waits for the first turn: Otis 20, Ana 10, Ben 45, Zoe 25, and Cleo, who still waits, 60: the median is 25.
    """
    turns = [
        turn(20, (1, "drums", 0), (2, "bass", 10)),
        turn(45, (1, "drums", 30), (3, "guitar", 0), (4, "bass", 20)),
        turn(70, (1, "drums", 55), (2, "bass", 30)),
    ]
    found = measure_fairness(turns, [(5, at(30)), (2, at(80))], now=at(90))
    assert found == Fairness(played=4, musicians=5, median_wait=25, again=(("drums", 2), ("bass", 1)))
    assert found.describe() == (
        "4 of 5 musicians have played; median wait 25 min; "
        "nobody twice before everyone once, except drums (2), bass (1)"
    )


def test_second_turn_is_fair_once_everybody_has_played() -> None:
    turns = [turn(20, (1, "drums", 0)), turn(40, (2, "drums", 0)), turn(60, (1, "drums", 25))]
    assert measure_fairness(turns, [(1, at(65)), (2, at(45))], now=at(90)).again == ()


def test_whoever_came_after_the_band_was_chosen_was_not_passed_over() -> None:
    turns = [turn(20, (1, "drums", 0)), turn(40, (1, "drums", 25))]
    late, early = (measure_fairness(turns, [(2, at(came))], now=at(90)).again for came in (39, 37))
    assert (late, early) == ((), (("drums", 1),))


def test_empty_night_says_nothing() -> None:
    assert measure_fairness([], [], now=EIGHT).describe() == ""


@pytest.mark.django_db
def test_musicians_of_bands_to_come_count_like_those_on_the_waiting_list() -> None:
    """Acts sign up without waiting on a list, so their wait begins when they sign up; a no-show waits for nothing."""
    jam = make_jam(format=Format.OPEN_MIC, starts_at=EIGHT)
    played, formed, called, gone = (make_attendee(jam=jam, name=name) for name in ("Ana", "Ben", "Cleo", "Dana"))
    house = make_waiting(jam=jam, name="House", plays=["bass"], waits_since=None, in_house_band=True)
    listed = make_waiting(jam=jam, name="Edda", waits_since=at(0))
    times = {"started_at": at(0), "finished_at": at(10)}
    make_band(jam=jam, people={played: "vocals"}, status=BandStatus.PLAYED, **times).seats.update(created_at=at(0))
    for people, status in (({formed: "vocals", house: "bass"}, "forming"), ({called: "piano", gone: "sax"}, "called")):
        band = make_band(jam=jam, people=people, status=status)
        band.seats.update(created_at=at(10))
        band.seats.filter(attendee=gone).update(no_show=True)
    make_band(jam=jam, people={listed: "guitar", formed: "vocals"}).seats.update(created_at=at(39))
    fairness = read_band_night(jam, now=at(40)).fairness
    assert (fairness.played, fairness.musicians, fairness.median_wait) == (1, 4, 30)


@pytest.mark.django_db
def test_house_band_and_no_shows_have_had_no_turn() -> None:
    jam = make_jam(format=Format.BANDS, starts_at=EIGHT)
    house = make_waiting(jam=jam, name="House", plays=["bass"], waits_since=None, in_house_band=True)
    ana = make_waiting(jam=jam, name="Ana", waits_since=at(0))
    out = make_waiting(jam=jam, name="Out", waits_since=at(0))
    times = {"started_at": at(20), "finished_at": at(35)}
    band = make_band(jam=jam, people={house: "bass", ana: "guitar", out: "keys"}, status=BandStatus.PLAYED, **times)
    band.seats.filter(attendee=out).update(no_show=True)
    fairness = read_band_night(jam, now=at(40)).fairness
    assert (fairness.played, fairness.musicians) == (1, 2)


@pytest.mark.django_db
def test_wait_is_that_before_the_band_went_on_stage() -> None:
    """Musicians who have played start waiting again, so the seat records when the wait before it began."""
    jam, user = make_jam(format=Format.BANDS, starts_at=EIGHT), make_user()
    make_waiting(jam=jam, name="Ana", plays=["bass"], waits_since=at(5))
    call_band(jam=jam, seats="bass: Ana", user=user, now=at(40))
    band = jam.bands.get()
    start_band(jam=jam, band=band.pk, user=user, now=at(46))
    finish_band(jam=jam, band=band.pk, user=user, now=at(60))
    assert read_band_night(jam, now=at(90)).fairness.median_wait == 41


@pytest.mark.django_db
def test_report_shows_bands_and_the_same_fairness_as_the_room() -> None:
    host = make_host()
    jam = make_jam(format=Format.BANDS, slug="friday", starts_at=EIGHT, hosts=(host,))
    ana, ben = (make_waiting(jam=jam, name=name, waits_since=at(0)) for name in ("Ana", "Ben"))
    times = {"started_at": at(20), "finished_at": at(35)}
    make_band(jam=jam, people={ana: "guitar"}, name="Solo Ana", status=BandStatus.PLAYED, **times)
    make_attendee(jam=jam, name="Only sings along")
    report = read_night_report(jam)
    assert (report.musicians, report.band_turns) == (1, (("Ana", 1),))
    page = browser_of(host).get("/host/friday/report/").text
    assert [words in page for words in ("Solo Ana", "1 of 2 musicians have played", ben.name)] == [True, True, False]
