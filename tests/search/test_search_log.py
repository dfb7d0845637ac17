from datetime import timedelta

import pytest
from django.utils import timezone

from search.models import SearchChoice, SearchDay
from search.services.retention import DAILY_RETENTION, RETENTION, delete_old_searches, roll_up_old_months
from search.services.search_log import record_choice, record_search
from search.services.search_targets import SearchTarget
from tests.builders import make_song

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


def test_spellings_of_one_search_are_counted_together_by_day(now):
    for text, at in [("Beyoncé", now), ("BEYONCE ", now), ("beyonce", now - timedelta(days=1))]:
        record_search(text=text, results=3, now=at)
    assert list(SearchDay.objects.values_list("words", "searches", "results")) == [("beyonce", 2, 3), ("beyonce", 1, 3)]


def test_who_searched_is_nowhere(now):
    assert {field.name for field in SearchDay._meta.fields} == {
        "id",
        "day",
        "words",
        "searches",
        "results",
        "choices",
    }


def test_a_month_that_is_long_over_is_put_together(now):
    song = SearchTarget("song", make_song(title="Love").pk)
    month = (now - timedelta(days=100)).replace(day=1)
    for day, results in [(2, 0), (2, 4), (9, 3)]:
        record_search(text="love", results=results, now=month.replace(day=day))
        record_choice(text="love", chosen=song, now=month.replace(day=day))
    record_search(text="love", results=5, now=now - DAILY_RETENTION + timedelta(days=1))
    assert [roll_up_old_months(now=now), roll_up_old_months(now=now)] == [1, 0]
    days = SearchDay.objects.order_by("day").values_list("day", "words", "searches", "results", "choices")
    assert days.first() == (month.date(), "love", 3, 4, 3)
    assert (len(days), *SearchChoice.objects.values_list("times", "search__day").get()) == (2, 3, month.date())


def test_old_days_are_forgotten(now):
    record_search(text="old", results=0, now=now - RETENTION - timedelta(days=1))
    record_search(text="new", results=0, now=now - RETENTION)
    assert (delete_old_searches(now=now), SearchDay.objects.get().words) == (1, "new")
