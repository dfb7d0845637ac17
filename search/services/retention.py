"""How long it is kept what people look for: by day, later by month, then not at all."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Max, QuerySet, Sum

from search.models import SearchChoice, SearchDay

DAILY_RETENTION = timedelta(days=60)
RETENTION = timedelta(days=400)  # a year, and the same weeks of the year before


def delete_old_searches(*, now: datetime) -> int:
    """Remove what is older than KEPT; return how many rows went."""
    deleted, _models = SearchDay.objects.filter(day__lt=(now - RETENTION).date()).delete()
    return deleted


def roll_up_old_months(*, now: datetime) -> int:
    """Put the days of each month together that was over DAILY before `now`; return how many such months there were."""
    old = SearchDay.objects.filter(day__lt=(now - DAILY_RETENTION).date().replace(day=1))
    months = list(old.exclude(day__day=1).dates("day", "month"))
    for month in months:
        _roll_up_month(month)
    return len(months)


@transaction.atomic
def _roll_up_month(month: date) -> None:
    """Put the rows of a month, which nobody writes to any more, under its first day."""
    days = SearchDay.objects.filter(day__gte=month, day__lt=_next_month(month))
    sums = {"searches": Sum("searches"), "results": Max("results"), "choices": Sum("choices")}
    rows = [SearchDay(day=month, **row) for row in days.order_by("words").values("words").annotate(**sums)]
    choices = _sum_choices(days)
    days.delete()
    rolled = {row.words: row for row in SearchDay.objects.bulk_create(rows, batch_size=500)}
    SearchChoice.objects.bulk_create([SearchChoice(search=rolled[words], **row) for words, row in choices], 500)


def _sum_choices(days: QuerySet[SearchDay]) -> list[tuple[str, dict[str, object]]]:
    """Return the words of the search, and what is the same of each choice of these days."""
    same = ("search__words", "kind", "target")
    chosen = SearchChoice.objects.filter(search__in=days).order_by(*same).values(*same).annotate(times=Sum("times"))
    return [(row.pop("search__words"), row) for row in chosen]


def _next_month(month: date) -> date:
    """Return the first day of the next month."""
    return (month + timedelta(days=31)).replace(day=1)
