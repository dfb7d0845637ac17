import random
from datetime import UTC, datetime, timedelta
from statistics import fmean, pvariance
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from bench.clock import KINDS, add_up, try_nights
from jams.selectors.clock import (
    USUAL_CHANGE_OVER,
    USUAL_TURN,
    Habit,
    Pace,
    Phase,
    Range,
    Stage,
    Timed,
    estimate_starts,
    find_last_sign_up,
    learn_pace,
    round_down,
    round_up,
    will_fit,
)

NOW = datetime(2026, 11, 27, 20, 33, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
lengths = st.lists(st.floats(1, 60), max_size=12)
timed = st.lists(st.builds(Timed, planned=st.floats(0, 60), actual=st.floats(0, 600)), max_size=12)
stages = st.builds(
    Stage,
    phase=st.sampled_from(Phase),
    since=st.integers(-120, 600).map(lambda ago: NOW - minutes(ago)),
    planned=st.floats(1, 60),
)
paces = st.builds(learn_pace, timed, timed, change_over=st.floats(0.5, 30), dropped=st.integers(0, 5))


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def at(clock: str) -> datetime:
    """Return a moment in UTC: "2026-10-25 00:52"."""
    return datetime.fromisoformat(clock).replace(tzinfo=UTC)


def range_at(early: str, likely: str, late: str) -> Range:
    return Range(at(early), at(likely), at(late))


@given(stages, lengths, paces)
def test_ranges_are_in_order_and_not_in_the_past(stage, lengths, pace):
    ranges = estimate_starts(stage, lengths, pace=pace, now=NOW)
    assert len(ranges) == len(lengths)
    assert all(NOW <= told.earliest <= told.likely <= told.latest for told in ranges)
    assert [told.likely for told in ranges] == sorted(told.likely for told in ranges)
    assert [told.latest for told in ranges] == sorted(told.latest for told in ranges)


@given(stages, lengths.filter(bool), paces, st.floats(1, 30))
def test_longer_turn_before_mine_never_makes_me_earlier(stage, lengths, pace, more):
    before = estimate_starts(stage, [*lengths, 15], pace=pace, now=NOW)[-1]
    after = estimate_starts(stage, [lengths[0] + more, *lengths[1:], 15], pace=pace, now=NOW)[-1]
    assert after.likely >= before.likely


@given(stages, lengths, paces, st.integers(0, 300), st.integers(0, 120))
def test_more_turns_fit_in_a_longer_night(stage, lengths, pace, left, more):
    short = will_fit(stage, lengths, pace=pace, now=NOW, until=NOW + minutes(left))
    assert 0 <= short <= will_fit(stage, lengths, pace=pace, now=NOW, until=NOW + minutes(left + more)) <= len(lengths)


@given(stages, lengths, paces, st.integers(0, 300))
def test_shorter_sets_never_make_fewer_turns_fit(stage, lengths, pace, left):
    until = NOW + minutes(left)
    shorter = [length * 2 / 3 for length in lengths]
    assert will_fit(stage, shorter, pace=pace, now=NOW, until=until) >= will_fit(
        stage, lengths, pace=pace, now=NOW, until=until
    )


@given(timed)
def test_habit_lies_between_what_is_usual_and_tonight(times):
    learnt = USUAL_TURN.learn(times)
    alone = Habit(USUAL_TURN.mean, USUAL_TURN.spread, weight=1e-9).learn(times)
    low, high = sorted([USUAL_TURN.mean, alone.mean])
    assert low - 1e-6 <= learnt.mean <= high + 1e-6
    assert learnt.doubt > 0


def test_pace_follows_a_slow_night():
    slow = learn_pace([Timed(15, 22)] * 8, [Timed(5, 5)] * 8, change_over=5)
    stage = Stage(Phase.CHANGE_OVER, NOW)
    usual, tonight = (estimate_starts(stage, [15] * 4, pace=pace, now=NOW)[-1] for pace in (Pace(5), slow))
    assert tonight.likely - usual.likely > minutes(12)
    assert tonight.latest - tonight.earliest < (usual.latest - usual.earliest) * 1.1


def test_sets_made_shorter_are_measured_against_their_own_plan():
    pace = learn_pace([Timed(15, 18)] * 4 + [Timed(10, 12)] * 4, [], change_over=5)
    assert pace.turns.learn([]) == learn_pace([Timed(15, 18)] * 8, [], change_over=5).turns


def test_forgotten_tap_does_not_spoil_the_pace():
    """However long a set seems to have lasted, it counts as three times its length at most."""
    assert learn_pace([Timed(15, 180)], [], change_over=5) == learn_pace([Timed(15, 46)], [], change_over=5)


def test_change_overs_that_nobody_tells_apart_make_the_plan_shorter():
    """A host who starts the next turn without ending the one before has no change-overs of their own."""
    told, untold = (learn_pace([], [Timed(5, gap)] * 10, change_over=5) for gap in (5, 0))
    assert told.change_over == 5
    assert 0 < untold.change_over < 1
    assert untold.change_overs == USUAL_CHANGE_OVER


@pytest.mark.parametrize("elapsed", [0.0, 8.0, 15.0, 22.0])
def test_rest_of_a_turn_is_that_of_turns_as_long(elapsed):
    rng = random.Random(3)
    habit = Habit(mean=0.05, spread=0.25, weight=2)
    left = [turn - elapsed for turn in (15 * rng.lognormvariate(0.05, 0.25) for _n in range(40_000)) if turn > elapsed]
    mean, variance = habit.expect_rest(15, elapsed)
    assert mean == pytest.approx(fmean(left), rel=0.06)
    assert variance == pytest.approx(pvariance(left), rel=0.15)


def test_turn_that_never_ends_keeps_a_rest():
    mean, variance = USUAL_TURN.expect_rest(15, 600)
    assert 0 < mean < 10
    assert variance > 0


def test_night_that_has_not_begun_starts_no_earlier_than_planned():
    stage = Stage(Phase.CHANGE_OVER, NOW + minutes(45))
    (told,) = estimate_starts(stage, [15], pace=Pace(5), now=NOW)
    assert told.earliest > NOW + minutes(40)
    assert NOW + minutes(45) < told.likely < NOW + minutes(55)


@pytest.mark.parametrize(
    "kind",
    [
        "ordinary nights, sets of three songs",
        "disorderly: long change-overs, a band in ten drops out",
        "open mic: ten minutes each",
    ],
)
def test_share_of_starts_inside_is_as_promised(kind):
    """A few of the nights of docs/clock.md; their seed is fixed."""
    total = add_up(try_nights(KINDS[kind], nights=40).values())
    assert total.told > 5000
    assert 0.75 <= total.inside / total.told <= 0.87
    assert total.shown_inside >= total.inside


@given(st.floats(0, 4e9).map(lambda second: datetime.fromtimestamp(second, UTC)))
def test_rounding_goes_outward_to_five_minutes(moment):
    down, up = round_down(moment), round_up(moment)
    assert moment - minutes(5) < down <= moment <= up < moment + minutes(5)
    assert (down.minute % 5, down.second, up.minute % 5, up.second) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("told", "zone", "words"),
    [
        (("2026-11-27 20:33", "2026-11-27 20:41", "2026-11-27 20:47"), BERLIN, "about 21:40, between 21:30 and 21:50"),
        (("2026-11-27 20:30", "2026-11-27 20:40", "2026-11-27 20:50"), BERLIN, "about 21:40, between 21:30 and 21:50"),
        (("2026-11-27 22:48", "2026-11-27 23:01", "2026-11-27 23:16"), BERLIN, "about 00:00, between 23:45 and 00:20"),
        (
            ("2026-10-25 00:52", "2026-10-25 01:01", "2026-10-25 01:09"),
            BERLIN,
            "about 02:00 CET, between 02:50 CEST and 02:10 CET",
        ),
        (
            ("2026-03-29 00:52", "2026-03-29 01:01", "2026-03-29 01:09"),
            BERLIN,
            "about 03:00 CEST, between 01:50 CET and 03:10 CEST",
        ),
        (
            ("2026-11-01 05:52", "2026-11-01 06:01", "2026-11-01 06:09"),
            ZoneInfo("America/New_York"),
            "about 01:00 EST, between 01:50 EDT and 01:10 EST",
        ),
        (
            ("2026-04-04 14:52", "2026-04-04 15:01", "2026-04-04 15:09"),
            ZoneInfo("Australia/Lord_Howe"),
            "about 01:30 +1030, between 01:50 +11 and 01:40 +1030",
        ),
    ],
)
def test_range_reads_in_the_zone_of_the_venue(told, zone, words):
    assert range_at(*told).describe(zone) == words


def test_range_reads_in_german():
    with translation.override("de"):
        told = range_at("2026-11-27 20:33", "2026-11-27 20:41", "2026-11-27 20:47").describe(BERLIN)
    assert told == "etwa 21:40, zwischen 21:30 und 21:50"


def test_shorter_sets_let_everybody_play():
    stage, until = Stage(Phase.CHANGE_OVER, NOW), NOW + minutes(145)
    assert will_fit(stage, [15] * 8, pace=Pace(5), now=NOW, until=until) == 6
    assert will_fit(stage, [10] * 8, pace=Pace(5), now=NOW, until=until) == 8


@pytest.mark.parametrize(
    ("waiting", "until", "last"),
    [(3, "2026-11-27 22:30", "2026-11-27 22:05"), (9, "2026-11-27 22:30", None), (0, "2026-11-27 20:30", None)],
)
def test_sign_up_makes_sense_until_one_more_turn_does_not_fit(waiting, until, last):
    stage = Stage(Phase.CHANGE_OVER, NOW)
    found = find_last_sign_up(stage, [15] * waiting, length=15, pace=Pace(5), now=NOW, until=at(until))
    assert found == (at(last) if last else None)
