"""What people looked for: the most wanted, what was not there, what it led to, and how many a day and a month."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncMonth
from django.utils.formats import date_format

from core.charts import Bar, build_bars
from search.models import SearchChoice, SearchDay
from search.services.search_targets import SearchTarget, load_targets

DAYS = 28
MONTHS_AGO = range(12, -1, -1)  # ago
MAX_ROWS = 20
SEARCHES_WITHOUT_RESULTS = Coalesce(Sum("searches", filter=Q(results=0)), 0)


@dataclass(frozen=True)
class QueryStatistics:
    """One search of the last days: how often, how much it found at most, and where it led how often."""

    words: str
    asked: int
    found: int
    chosen: int
    led_to: Any = None  # the song, jam or venue that was chosen most, if it is still there


@dataclass(frozen=True)
class SearchStatistics:
    total: int
    nothing: int
    top: list[QueryStatistics]
    wanting: list[QueryStatistics]
    days: list[Bar]
    nothing_days: list[Bar]
    months: list[Bar]


def read_statistics(*, now: datetime) -> SearchStatistics:
    """Return the figures of the DAYS and MONTHS up to `now`: five queries, and one for each kind that was chosen."""
    lately = SearchDay.objects.filter(day__gt=now.date() - timedelta(days=DAYS)).order_by()
    counts = {
        row["day"]: row
        for row in lately.values("day").annotate(asked=Sum("searches"), nothing=SEARCHES_WITHOUT_RESULTS)
    }
    days = [now.date() - timedelta(days=ago) for ago in reversed(range(DAYS))]
    return SearchStatistics(
        total=sum(row["asked"] for row in counts.values()),
        nothing=sum(row["nothing"] for row in counts.values()),
        top=_add_top_targets(list(_group_by_words(lately)[:MAX_ROWS]), lately),
        wanting=[QueryStatistics(**row) for row in _group_by_words(lately).filter(found=0)[:MAX_ROWS]],
        days=_daily_bars(days, {day: row["asked"] for day, row in counts.items()}),
        nothing_days=_daily_bars(days, {day: row["nothing"] for day, row in counts.items()}),
        months=_monthly_bars(now.date()),
    )


def _group_by_words(days: QuerySet[SearchDay]) -> QuerySet[SearchDay, dict[str, Any]]:
    sums = {"asked": Sum("searches"), "found": Max("results"), "chosen": Sum("choices")}
    return days.values("words").annotate(**sums).order_by("-asked", "words")


def _add_top_targets(rows: list[dict[str, Any]], days: QuerySet[SearchDay]) -> list[QueryStatistics]:
    choices = SearchChoice.objects.filter(search__in=days, search__words__in=[row["words"] for row in rows])
    by_times = (
        choices.values("search__words", "kind", "target").annotate(n=Sum("times")).order_by("n", "-kind", "-target")
    )
    most = {row["search__words"]: SearchTarget(row["kind"], row["target"]) for row in by_times}
    there = load_targets(most.values())
    return [QueryStatistics(**row, led_to=there.get(most.get(row["words"]))) for row in rows]


def _daily_bars(days: list[date], counts: dict[date, int]) -> list[Bar]:
    return build_bars([(date_format(day, "MONTH_DAY_FORMAT"), counts.get(day, 0)) for day in days])


def _monthly_bars(today: date) -> list[Bar]:
    months = [
        date(today.year + (today.month - 1 - ago) // 12, (today.month - 1 - ago) % 12 + 1, 1) for ago in MONTHS_AGO
    ]
    rows = SearchDay.objects.filter(day__gte=months[0]).order_by().values(month=TruncMonth("day"))
    counts = dict(rows.annotate(n=Sum("searches")).values_list("month", "n"))
    return build_bars([(date_format(month, "YEAR_MONTH_FORMAT"), counts.get(month, 0)) for month in months])
