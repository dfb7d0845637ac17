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


def test_record_search_counts_spellings_together_by_day(now):
    for text, at in [("Beyoncé", now), ("BEYONCE ", now), ("beyonce", now - timedelta(days=1))]:
        record_search(text=text, results=3, now=at)
    assert list(SearchDay.objects.values_list("words", "searches", "results")) == [("beyonce", 2, 3), ("beyonce", 1, 3)]


def test_search_log_has_no_column_for_people(now):
    assert {field.name for field in SearchDay._meta.fields} == {
        "id",
        "day",
        "words",
        "searches",
        "results",
        "choices",
    }


def test_roll_up_merges_the_days_of_an_old_month(now):
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


def test_delete_old_searches_keeps_the_retention_period(now):
    record_search(text="old", results=0, now=now - RETENTION - timedelta(days=1))
    record_search(text="new", results=0, now=now - RETENTION)
    assert (delete_old_searches(now=now), SearchDay.objects.get().words) == (1, "new")
