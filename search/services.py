"""Counting searches by day, and forgetting old days."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from jamsite import measures
from jamsite.text import words
from search.models import SearchDay

LONGEST = 100
KEPT = timedelta(days=400)  # a year, and the same weeks of the year before


def note_search(*, text: str, results: int, now: datetime) -> None:
    """Count a search for `text` that found `results`; one without a word in it is none."""
    if asked := folded(text):
        measures.searches.labels("found" if results else "nothing").inc()
        with transaction.atomic():
            day = SearchDay(day=now.date(), words=asked)
            SearchDay.objects.bulk_create([day], ignore_conflicts=True)
            found = SearchDay.objects.filter(day=now.date(), words=asked)
            found.update(searches=F("searches") + 1, results=results)


def note_choice(*, text: str, now: datetime) -> None:
    """Count that something was chosen from what a search for `text` found today; never more than were searched."""
    today = SearchDay.objects.filter(day=now.date(), words=folded(text), choices__lt=F("searches"))
    today.update(choices=F("choices") + 1)


def forget_old_days(*, now: datetime) -> int:
    """Remove what is older than KEPT; return how many rows went."""
    deleted, _models = SearchDay.objects.filter(day__lt=(now - KEPT).date()).delete()
    return deleted


def folded(text: str) -> str:
    """Return what `text` comes down to, so that spellings of one search are counted together."""
    return " ".join(words(text))[:LONGEST].strip()
