import pytest

from core.charts import LinePlot
from operations import statistics
from operations.live_metrics import HourOfMetrics, MetricCounts
from operations.statistics import SlowItem

INFINITY = float("inf")


def test_line_plot_runs_left_to_right_and_scales_to_its_top():
    assert LinePlot([0, 1, 2]).line == "0.0,58.0 150.0,30.0 300.0,2.0"
    assert (LinePlot([0, 1, 2]).top, LinePlot([]).line, LinePlot([0]).line) == (2, "", "0.0,58.0")


@pytest.mark.parametrize(("part", "ms"), [(0.25, 50), (0.5, 100), (0.625, 300), (0.75, 500), (0.95, 500)])
def test_estimate_percentile_interpolates_between_two_bounds(part, ms):
    answers = MetricCounts({("le", 0.1): 50, ("le", 0.5): 75, ("le", INFINITY): 100, ("requests",): 100})
    assert statistics.estimate_percentile(answers, part) == pytest.approx(ms)


def test_estimate_percentile_of_live_updates_ignores_responses():
    sent = MetricCounts({("le", 0.1): 9, ("live", 0.2): 50, ("live", 0.4): 100, ("live", INFINITY): 100})
    assert statistics.estimate_percentile(sent, 0.75, kind="live") == pytest.approx(300)


def test_estimate_percentile_of_nothing_is_zero():
    assert statistics.estimate_percentile(MetricCounts(), 0.95) == 0


def test_rates_are_percentages_and_zero_of_nothing():
    answers = MetricCounts({("requests",): 200, ("errors",): 1, ("cache", "hit"): 6, ("cache", "local_hit"): 3})
    answers["cache", "miss"] = 1
    assert (statistics.calculate_error_rate(answers), statistics.calculate_hit_rate(answers)) == (0.5, 90)
    assert (statistics.calculate_error_rate(MetricCounts()), statistics.calculate_hit_rate(MetricCounts())) == (0, 0)


def test_list_minutes_returns_sixty_with_the_present_one_last():
    votes = MetricCounts({("votes",): 7})
    minutes = statistics.list_minutes(HourOfMetrics(minutes={100: votes, 39: votes}), now=100 * 60 + 30)
    assert [len(minutes), minutes[-1], minutes[0]] == [60, votes, MetricCounts()]


def test_rank_slowest_orders_by_mean_duration():
    minute = MetricCounts({("view", "a", "_count"): 2, ("view", "a", "_sum"): 0.5})
    minute |= {("view", "b", "_count"): 1, ("view", "b", "_sum"): 2.0, ("statement", "c", "_count"): 1}
    assert statistics.rank_slowest([minute, minute], "view") == [SlowItem("b", 2, 2000), SlowItem("a", 4, 250)]


def test_shorten_statement_drops_selected_columns():
    assert (
        statistics.shorten_statement('SELECT "a"."x", "a"."y" FROM "a" WHERE "a"."x" = %s')
        == 'SELECT … FROM "a" WHERE "a"."x" = %s'
    )
    assert statistics.shorten_statement("jams:detail") == "jams:detail"
