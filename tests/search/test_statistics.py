from datetime import timedelta

import pytest
from django.utils import timezone

from search.selectors.statistics import DAYS, QueryStatistics, read_statistics
from search.services.search_log import record_choice, record_search
from search.services.search_targets import SearchTarget
from tests.builders import make_song, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def song():
    return make_song(title="Love")


@pytest.fixture
def searched(song):
    now = timezone.now()
    for text, results in [("love", 3), ("love", 3), ("zappa", 0)]:
        record_search(text=text, results=results, now=now)
    record_choice(text="love", chosen=SearchTarget("song", song.pk), now=now)
    record_search(text="old", results=0, now=now - timedelta(days=DAYS))
    return now


def test_read_statistics_lists_top_and_missing_searches(searched, song):
    statistics = read_statistics(now=searched)
    assert (statistics.total, statistics.without_results) == (3, 1)
    assert statistics.top == [QueryStatistics("love", 2, 3, 1, top_target=song), QueryStatistics("zappa", 1, 0, 0)]
    assert statistics.missing == [QueryStatistics("zappa", 1, 0, 0)]


def test_read_statistics_covers_four_weeks_and_thirteen_months(searched):
    statistics = read_statistics(now=searched)
    assert [bar.value for bar in statistics.days] == [0] * (DAYS - 1) + [3]
    assert [bar.value for bar in statistics.days_without_results] == [0] * (DAYS - 1) + [1]
    assert (len(statistics.months), sum(bar.value for bar in statistics.months)) == (13, 4)


def test_read_statistics_ranks_by_searches_then_words(db):
    now = timezone.now()
    for text in ("abba", "zappa", "zappa", "bach"):
        record_search(text=text, results=0, now=now)
    statistics = read_statistics(now=now)
    assert [term.words for term in statistics.top] == ["zappa", "abba", "bach"]
    assert [term.words for term in statistics.missing] == ["zappa", "abba", "bach"]


@pytest.mark.parametrize("rows", [1, 30])
def test_read_statistics_takes_six_queries(django_assert_num_queries, song, rows):
    for number in range(rows):
        record_search(text=f"song {number}", results=0, now=timezone.now())
        record_choice(text=f"song {number}", chosen=SearchTarget("song", song.pk), now=timezone.now())
    with django_assert_num_queries(6):
        assert len(read_statistics(now=timezone.now()).missing) == min(rows, 20)


@pytest.mark.parametrize(
    ("staff", "status"), [(True, 200), (False, 302), (None, 302)], ids=["host", "somebody", "stranger"]
)
def test_statistics_page_is_for_hosts_and_administrators(client, searched, staff, status):
    if staff is not None:
        client.force_login(make_user(is_staff=staff))
    response = client.get("/search/wanted/")
    assert (response.status_code, b"zappa" in response.content) == (status, status == 200)
