"""Search statistics: frequent searches, those without results, what was clicked, and plots by day and month."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncMonth
from django.utils.formats import date_format

from core.charts import Bar, build_bars
from search.models import SearchChoice, SearchDay
from search.services.search_targets import SearchTarget, load_targets

DAYS = 28
MONTHS = 13
MAX_ROWS = 20
WITHOUT_RESULTS = Coalesce(Sum("searches", filter=Q(results=0)), 0)


@dataclass(frozen=True)
class QueryStatistics:
    """One search term in the last DAYS: its searches, the most results it had, and the clicks on them."""

    words: str
    searches: int
    results: int
    clicks: int
    top_target: Any = None  # the song, jam or venue that was clicked most, if it still exists


@dataclass(frozen=True)
class SearchStatistics:
    """The numbers and plots of the statistics page; `total` and `without_results` count searches in the last DAYS."""

    total: int
    without_results: int
    top: list[QueryStatistics]
    missing: list[QueryStatistics]  # search terms that never had a result
    days: list[Bar]
    days_without_results: list[Bar]
    months: list[Bar]


def read_statistics(*, now: datetime) -> SearchStatistics:
    """Return the statistics of the DAYS and MONTHS up to `now`: five queries, and one for each kind of target."""
    recent = SearchDay.objects.filter(day__gt=now.date() - timedelta(days=DAYS)).order_by()
    by_day = recent.values("day").annotate(total=Sum("searches"), without_results=WITHOUT_RESULTS)
    totals = {row["day"]: row["total"] for row in by_day}
    without_results = {row["day"]: row["without_results"] for row in by_day}
    days = [now.date() - timedelta(days=ago) for ago in reversed(range(DAYS))]
    return SearchStatistics(
        total=sum(totals.values()),
        without_results=sum(without_results.values()),
        top=_with_top_targets(_rank_terms(recent), recent),
        missing=_rank_terms(recent, without_results=True),
        days=_daily_bars(days, totals),
        days_without_results=_daily_bars(days, without_results),
        months=_monthly_bars(now.date()),
    )


def _rank_terms(days: QuerySet[SearchDay], *, without_results: bool = False) -> list[QueryStatistics]:
    """Return the most frequent search terms of these days, or of those that never had a result."""
    rows = days.values("words").annotate(total=Sum("searches"), most=Max("results"), clicks=Sum("choices"))
    if without_results:
        rows = rows.filter(most=0)
    rows = rows.order_by("-total", "words")[:MAX_ROWS]
    return [QueryStatistics(row["words"], row["total"], row["most"], row["clicks"]) for row in rows]


def _with_top_targets(terms: list[QueryStatistics], days: QuerySet[SearchDay]) -> list[QueryStatistics]:
    choices = SearchChoice.objects.filter(search__in=days, search__words__in=[term.words for term in terms])
    targets = choices.values("search__words", "kind", "target").annotate(n=Sum("times"))
    top = {  # the last one of each search term remains
        row["search__words"]: SearchTarget(row["kind"], row["target"])
        for row in targets.order_by("n", "-kind", "-target")
    }
    rows = load_targets(top.values())
    return [replace(term, top_target=rows.get(top[term.words])) if term.words in top else term for term in terms]


def _daily_bars(days: list[date], counts: dict[date, int]) -> list[Bar]:
    return build_bars([(date_format(day, "MONTH_DAY_FORMAT"), counts.get(day, 0)) for day in days])


def _monthly_bars(today: date) -> list[Bar]:
    this_month = today.year * 12 + today.month - 1
    months = [date(month // 12, month % 12 + 1, 1) for month in range(this_month - MONTHS + 1, this_month + 1)]
    rows = SearchDay.objects.filter(day__gte=months[0]).order_by().values(month=TruncMonth("day"))
    counts = dict(rows.annotate(n=Sum("searches")).values_list("month", "n"))
    return build_bars([(date_format(month, "YEAR_MONTH_FORMAT"), counts.get(month, 0)) for month in months])
