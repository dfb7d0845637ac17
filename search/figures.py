"""What people looked for in the last weeks: the most wanted, what was not there, and how many a day."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max, QuerySet, Sum

from search.models import SearchDay

DAYS = 28
TOP = 20
HEIGHT, BAR, GAP = 96, 9, 3  # of the plot, in its own units


@dataclass(frozen=True)
class Bar:
    """One day in the plot; `x`, `y` and `height` are in the plot's own units."""

    day: date
    searches: int
    x: int
    y: int
    height: int


@dataclass(frozen=True)
class Figures:
    total: int
    top: list[dict[str, Any]]
    wanting: list[dict[str, Any]]
    bars: list[Bar]

    @property
    def width(self) -> int:
        return len(self.bars) * (BAR + GAP) - GAP


def read(*, now: datetime) -> Figures:
    """Return the figures of the DAYS up to `now`: three queries."""
    lately = SearchDay.objects.filter(day__gt=now.date() - timedelta(days=DAYS)).order_by()
    bars = _bars(dict(lately.values_list("day").annotate(n=Sum("searches"))), now.date())
    return Figures(
        total=sum(bar.searches for bar in bars),
        top=list(_by_words(lately)[:TOP]),
        wanting=list(_by_words(lately).filter(found=0)[:TOP]),
        bars=bars,
    )


def _by_words(days: QuerySet[SearchDay]) -> QuerySet[SearchDay, dict[str, Any]]:
    sums = {"asked": Sum("searches"), "found": Max("results"), "chosen": Sum("choices")}
    return days.values("words").annotate(**sums).order_by("-asked", "words")


def _bars(counts: dict[date, int], today: date) -> list[Bar]:
    days = [today - timedelta(days=ago) for ago in reversed(range(DAYS))]
    most = max(counts.values(), default=0) or 1
    heights = [round(HEIGHT * counts.get(day, 0) / most) for day in days]
    return [
        Bar(day, counts.get(day, 0), at * (BAR + GAP), HEIGHT - height, height)
        for at, (day, height) in enumerate(zip(days, heights, strict=True))
    ]
