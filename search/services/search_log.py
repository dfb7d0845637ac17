"""Counting searches by day, and what they led to."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from core import metrics
from core.text import split_words
from search.models import SearchChoice, SearchDay
from search.services.search_targets import SearchTarget

MAX_WORDS_LENGTH = 100


def record_search(*, text: str, results: int, now: datetime) -> None:
    """Count a search for `text` that found `results`; one without a word in it is none."""
    if asked := normalise_query(text):
        metrics.searches.labels("found" if results else "nothing").inc()
        with transaction.atomic():
            day = SearchDay(day=now.date(), words=asked)
            SearchDay.objects.bulk_create([day], ignore_conflicts=True)
            found = SearchDay.objects.filter(day=now.date(), words=asked)
            found.update(searches=F("searches") + 1, results=results)


@transaction.atomic
def record_choice(*, text: str, chosen: SearchTarget, now: datetime) -> None:
    """Count what somebody went on to from what a search for `text` found today; never more than were searched."""
    today = SearchDay.objects.filter(day=now.date(), words=normalise_query(text))
    if chosen.exists() and today.filter(choices__lt=F("searches")).update(choices=F("choices") + 1):
        choice = SearchChoice(search=today.get(), kind=chosen.kind, target=chosen.target)
        SearchChoice.objects.bulk_create([choice], ignore_conflicts=True)
        same = SearchChoice.objects.filter(search=choice.search, kind=chosen.kind, target=chosen.target)
        same.update(times=F("times") + 1)


def normalise_query(text: str) -> str:
    """Return what `text` comes down to, so that spellings of one search are counted together."""
    return " ".join(split_words(text))[:MAX_WORDS_LENGTH].strip()
