from datetime import timedelta

import pytest
from django.utils import timezone

from search.models import SearchDay
from search.services import KEPT, forget_old_days, note_search

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


def test_spellings_of_one_search_are_counted_together_by_day(now):
    for text, at in [("Beyoncé", now), ("BEYONCE ", now), ("beyonce", now - timedelta(days=1))]:
        note_search(text=text, results=3, now=at)
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


def test_old_days_are_forgotten(now):
    note_search(text="old", results=0, now=now - KEPT - timedelta(days=1))
    note_search(text="new", results=0, now=now - KEPT)
    assert (forget_old_days(now=now), SearchDay.objects.get().words) == (1, "new")
