"""Retention of search statistics: by day at first, later by month, then not at all."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Max, QuerySet, Sum

from search.models import SearchChoice, SearchDay

DAILY_RETENTION = timedelta(days=60)
RETENTION = timedelta(days=400)  # a year, and enough of the year before to compare


def delete_old_searches(*, now: datetime) -> int:
    """Delete rows older than RETENTION; return how many were deleted."""
    deleted, _models = SearchDay.objects.filter(day__lt=(now - RETENTION).date()).delete()
    return deleted


def roll_up_old_months(*, now: datetime) -> int:
    """Merge the days of each month that ended more than DAILY_RETENTION before `now`; return the number of months."""
    old = SearchDay.objects.filter(day__lt=(now - DAILY_RETENTION).date().replace(day=1))
    months = list(old.exclude(day__day=1).dates("day", "month"))
    for month in months:
        _roll_up_month(month)
    return len(months)


@transaction.atomic
def _roll_up_month(month: date) -> None:
    """Merge the rows of a month under its first day. Nothing writes to such an old month any more."""
    next_month = (month + timedelta(days=31)).replace(day=1)
    days = SearchDay.objects.filter(day__gte=month, day__lt=next_month)
    sums = {"searches": Sum("searches"), "results": Max("results"), "choices": Sum("choices")}
    rows = [SearchDay(day=month, **row) for row in days.order_by("words").values("words").annotate(**sums)]
    choices = _sum_choices(days)
    days.delete()
    merged = {row.words: row for row in SearchDay.objects.bulk_create(rows, batch_size=500)}
    SearchChoice.objects.bulk_create([SearchChoice(search=merged[words], **row) for words, row in choices], 500)


def _sum_choices(days: QuerySet[SearchDay]) -> list[tuple[str, dict[str, object]]]:
    """Return the search term and the fields of each merged choice of these days."""
    key = ("search__words", "kind", "target")
    choices = SearchChoice.objects.filter(search__in=days).order_by(*key).values(*key).annotate(times=Sum("times"))
    return [(row.pop("search__words"), row) for row in choices]
