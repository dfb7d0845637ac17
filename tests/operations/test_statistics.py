from collections import Counter

import pytest

from operations import statistics
from operations.live_metrics import HourOfMetrics
from operations.statistics import LinePlot, SlowItem

INFINITY = float("inf")


def test_a_plot_goes_from_left_to_right_with_the_highest_value_on_top():
    assert LinePlot([0, 1, 2]).line == "0.0,58.0 150.0,30.0 300.0,2.0"
    assert (LinePlot([0, 1, 2]).top, LinePlot([]).line, LinePlot([0]).line) == (2, "", "0.0,58.0")


@pytest.mark.parametrize(("part", "ms"), [(0.25, 50), (0.5, 100), (0.625, 300), (0.75, 500), (0.95, 500)])
def test_a_percentile_lies_on_a_straight_line_between_two_bounds(part, ms):
    answers = Counter({("le", 0.1): 50, ("le", 0.5): 75, ("le", INFINITY): 100, ("requests",): 100})
    assert statistics.estimate_percentile(answers, part) == pytest.approx(ms)


def test_changes_have_times_of_their_own():
    sent = Counter({("le", 0.1): 9, ("live", 0.2): 50, ("live", 0.4): 100, ("live", INFINITY): 100})
    assert statistics.estimate_percentile(sent, 0.75, kind="live") == pytest.approx(300)


def test_nothing_answered_took_no_time():
    assert statistics.estimate_percentile(Counter(), 0.95) == 0


def test_shares_are_of_what_there_was():
    answers = Counter({("requests",): 200, ("errors",): 1, ("cache", "hit"): 6, ("cache", "local_hit"): 3})
    answers["cache", "miss"] = 1
    assert (statistics.calculate_error_rate(answers), statistics.calculate_hit_rate(answers)) == (0.5, 90)
    assert (statistics.calculate_error_rate(Counter()), statistics.calculate_hit_rate(Counter())) == (0, 0)


def test_the_last_hour_is_sixty_minutes_the_present_one_last():
    votes = Counter({("votes",): 7})
    minutes = statistics.list_minutes(HourOfMetrics(minutes={100: votes, 39: votes}), now=100 * 60 + 30)
    assert [len(minutes), minutes[-1], minutes[0]] == [60, votes, Counter()]


def test_the_slowest_are_told_by_their_average():
    minute = Counter({("view", "a", "_count"): 2, ("view", "a", "_sum"): 0.5})
    minute.update({("view", "b", "_count"): 1, ("view", "b", "_sum"): 2.0, ("statement", "c", "_count"): 1})
    assert statistics.rank_slowest([minute, minute], "view") == [SlowItem("b", 2, 2000), SlowItem("a", 4, 250)]


def test_a_statement_is_told_without_its_columns():
    assert (
        statistics.shorten_statement('SELECT "a"."x", "a"."y" FROM "a" WHERE "a"."x" = %s')
        == 'SELECT … FROM "a" WHERE "a"."x" = %s'
    )
    assert statistics.shorten_statement("jams:detail") == "jams:detail"
