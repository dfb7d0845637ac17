"""Log of searches: how often each was made on a day, and which results were clicked. It has nothing about who."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from core import metrics
from core.text import list_words
from search.models import SearchChoice, SearchDay
from search.services.search_targets import SearchTarget

MAX_WORDS_LENGTH = 100


def record_search(*, text: str, results: int, now: datetime) -> None:
    """Count a search for `text` with this number of results. A search without a word is not counted."""
    if words := normalise_query(text):
        metrics.searches.labels("found" if results else "nothing").inc()
        with transaction.atomic():
            SearchDay.objects.bulk_create([SearchDay(day=now.date(), words=words)], ignore_conflicts=True)
            today = SearchDay.objects.filter(day=now.date(), words=words)
            today.update(searches=F("searches") + 1, results=results)


@transaction.atomic
def record_choice(*, text: str, chosen: SearchTarget, now: datetime) -> None:
    """Count a click on a result of today's search for `text`; never more clicks than searches."""
    today = SearchDay.objects.filter(day=now.date(), words=normalise_query(text))
    if chosen.exists() and today.filter(choices__lt=F("searches")).update(choices=F("choices") + 1):
        choice = SearchChoice(search=today.get(), kind=chosen.kind, target=chosen.target)
        SearchChoice.objects.bulk_create([choice], ignore_conflicts=True)
        choices = SearchChoice.objects.filter(search=choice.search, kind=chosen.kind, target=chosen.target)
        choices.update(times=F("times") + 1)


def normalise_query(text: str) -> str:
    """Return the folded words of `text`, so that different spellings of a search are counted together."""
    return " ".join(list_words(text))[:MAX_WORDS_LENGTH].strip()
