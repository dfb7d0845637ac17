"""Recurring days, by a rule in the form of RFC 5545: which days they are, and the rule in words.

Only rules that can be said in a short phrase are accepted: some weekdays of every nth week ("FREQ=WEEKLY;INTERVAL=2;
BYDAY=TH"), or the nth or last weekday of every nth month ("FREQ=MONTHLY;BYDAY=-1FR"). A rule is about days alone; the
time of day is read on the clock of a place (`core.local_times`), so clock changes do not move it.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time

from dateutil.rrule import MONTHLY, WEEKLY, rrule, weekday
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

FREQUENCIES = {"WEEKLY": WEEKLY, "MONTHLY": MONTHLY}
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
DAY = re.compile(rf"(-1|[1-4])?({'|'.join(DAYS)})")
MAX_INTERVAL = 12
MAX_LENGTH = 60
ORDINALS = {
    1: pgettext_lazy("of a month", "first"),
    2: pgettext_lazy("of a month", "second"),
    3: pgettext_lazy("of a month", "third"),
    4: pgettext_lazy("of a month", "fourth"),
    -1: pgettext_lazy("of a month", "last"),
}


@dataclass(frozen=True)
class Recurrence:
    """A rule. `days` are pairs of a number in the month, 0 in a weekly rule, and a weekday, 0 for Monday."""

    frequency: str
    interval: int
    days: tuple[tuple[int, int], ...]

    def __str__(self) -> str:
        """Return the rule in the form of RFC 5545."""
        interval = f"INTERVAL={self.interval};" if self.interval > 1 else ""
        days = ",".join(f"{number or ''}{DAYS[day]}" for number, day in self.days)
        return f"FREQ={self.frequency};{interval}BYDAY={days}"

    @classmethod
    def parse(cls, text: str) -> "Recurrence":
        """Return the rule that `text` is; raises ValidationError for one that is broken or not supported."""
        parts = dict(part.partition("=")[::2] for part in text.strip().upper().removeprefix("RRULE:").split(";"))
        frequency, interval, days = parts.pop("FREQ", ""), parts.pop("INTERVAL", "1"), parts.pop("BYDAY", "")
        found = [DAY.fullmatch(day) for day in days.split(",")]
        is_monthly = frequency == "MONTHLY"
        is_sound = (
            not parts
            and frequency in FREQUENCIES
            and re.fullmatch("[1-9][0-9]?", interval)
            and int(interval) <= MAX_INTERVAL
            and all(day and bool(day[1]) == is_monthly for day in found)
        )
        if not is_sound:
            raise ValidationError(_("Choose weekdays of a week, or a numbered weekday of a month."))
        pairs = {(int(day[1] or 0), DAYS.index(day[2])) for day in found if day}
        return cls(frequency, int(interval), tuple(sorted(pairs, key=lambda pair: (pair[0] % 6, pair[1]))))

    def describe(self) -> str:
        """Return the rule in words, in the current language: "every other Thursday", "last Friday of the month"."""
        n = self.interval
        if self.frequency == "WEEKLY":
            days = _join([str(WEEKDAYS[day]) for _number, day in self.days])
            if n == 1:
                return _("every %(days)s") % {"days": days}
            if n == 2:  # noqa: PLR2004  (as it reads)
                return _("every other %(days)s") % {"days": days}
            return _("every %(n)d weeks on %(days)s") % {"n": n, "days": days}
        numbers = {day: [number for number, other in self.days if other == day] for _number, day in self.days}
        days = _join(
            [
                _("%(which)s %(day)s") % {"which": _join([str(ORDINALS[one]) for one in which]), "day": WEEKDAYS[day]}
                for day, which in numbers.items()
            ]
        )
        if n == 1:
            return _("%(days)s of the month") % {"days": days}
        return _("%(days)s, every %(n)d months") % {"n": n, "days": days}

    def list_days(self, first: date, *, since: date, until: date) -> list[date]:
        """Return the days of this rule, which begins on `first`, from `since` to `until`, both included."""
        days = rrule(
            FREQUENCIES[self.frequency],
            dtstart=datetime.combine(first, time.min),
            interval=self.interval,
            byweekday=[weekday(day, number or None) for number, day in self.days],
            until=datetime.combine(until, time.min),
        )
        return [moment.date() for moment in days if moment.date() >= since]


def validate_recurrence(text: str) -> None:
    """Raise ValidationError unless `text` is a rule that is supported."""
    Recurrence.parse(text)


def choose_monthly_rule(day: date, *, is_last: bool = False) -> Recurrence:
    """Return the rule of the same weekday in every month as `day`; a fifth one counts as the last."""
    number = (day.day - 1) // 7 + 1
    return Recurrence("MONTHLY", 1, ((-1 if is_last or number not in ORDINALS else number, day.weekday()),))


def _join(words: list[str]) -> str:
    """Return "first, second and fourth"."""
    if len(words) == 1:
        return words[0]
    return _("%(words)s and %(last)s") % {"words": ", ".join(words[:-1]), "last": words[-1]}
