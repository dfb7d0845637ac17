from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.charts import HEIGHT, MAX_BARS, WIDTH, build_bars, build_horizontal_bars, count_by_span

BEGIN = datetime(2026, 11, 23, 19, tzinfo=UTC)
minutes = st.integers(-3000, 3000).map(lambda number: timedelta(minutes=number))


def test_the_highest_value_has_the_full_height() -> None:
    assert [(bar.y, bar.height) for bar in build_bars([("a", 1), ("b", 4)])] == [(150, 50), (0, 200)]


def test_nothing_at_all_can_be_drawn() -> None:
    assert (build_bars([]), build_horizontal_bars([]), build_bars([("a", 0)])[0].height) == ([], [], 0)


@given(st.lists(st.integers(0, 10_000), max_size=40))
def test_bars_stay_within_their_drawing(values) -> None:
    drawn = build_bars([(str(value), value) for value in values])
    assert [bar for bar in drawn if bar.x < 0 or bar.end > WIDTH or bar.y < 0 or bar.y + bar.height != HEIGHT] == []


@given(st.lists(minutes, max_size=60), minutes)
def test_every_moment_counts_once_in_at_most_so_many_spans(offsets, length) -> None:
    found = count_by_span([BEGIN + offset for offset in offsets], begins=BEGIN, ends=BEGIN + length)
    assert sum(span.count for span in found) == len(offsets)
    assert 1 <= len(found) <= MAX_BARS + 1
