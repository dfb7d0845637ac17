"""Recurring days: which rules are accepted, which days they are, and how they are said."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from core.recurrence import Recurrence, choose_monthly_rule, validate_recurrence

FIRST = date(2026, 11, 26)  # a Thursday, the fourth and last of its month

SAID = [
    ("FREQ=WEEKLY;BYDAY=TH", "every Thursday", "jeden Donnerstag"),
    ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TH", "every other Thursday", "jeden zweiten Donnerstag"),
    ("FREQ=WEEKLY;INTERVAL=3;BYDAY=TH", "every 3 weeks on Thursday", "alle 3 Wochen am Donnerstag"),
    ("FREQ=WEEKLY;BYDAY=TU,TH", "every Tuesday and Thursday", "jeden Dienstag und Donnerstag"),
    ("FREQ=MONTHLY;BYDAY=-1FR", "last Friday of the month", "am letzten Freitag im Monat"),
    ("FREQ=MONTHLY;BYDAY=1TU,3TU", "first and third Tuesday of the month", "am ersten und dritten Dienstag im Monat"),
    ("FREQ=MONTHLY;INTERVAL=2;BYDAY=2SA", "second Saturday, every 2 months", "am zweiten Samstag, alle 2 Monate"),
]


@pytest.mark.parametrize(("rule", "english", "german"), SAID, ids=[rule for rule, *_ in SAID])
def test_rule_is_said_in_both_languages(rule: str, english: str, german: str) -> None:
    recurrence = Recurrence.parse(rule)
    with override("en"):
        assert recurrence.describe() == english
    with override("de"):
        assert recurrence.describe() == german
    assert str(recurrence) == rule


@pytest.mark.parametrize(
    "rule",
    [
        "", "FREQ=SECONDLY", "FREQ=DAILY;BYDAY=MO", "FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=1TH", "FREQ=MONTHLY;BYDAY=TH",
        "FREQ=MONTHLY;BYDAY=5TH", "FREQ=WEEKLY;INTERVAL=0;BYDAY=TH", "FREQ=WEEKLY;INTERVAL=13;BYDAY=TH",
        "FREQ=WEEKLY;BYDAY=TH;COUNT=3", "FREQ=WEEKLY;BYDAY=TH\nRDATE:20261126", "FREQ=WEEKLY;BYDAY=TH,",
        "FREQ=WEEKLY;INTERVAL=²;BYDAY=TH", "=" * 60,
    ],
)  # fmt: skip
def test_rule_that_is_not_supported_is_refused(rule: str) -> None:
    with pytest.raises(ValidationError):
        validate_recurrence(rule)


def test_days_of_every_other_week_keep_their_rhythm() -> None:
    rule = Recurrence.parse("FREQ=WEEKLY;INTERVAL=2;BYDAY=TH")
    assert rule.list_days(FIRST, since=date(2026, 12, 4), until=date(2027, 1, 7)) == [
        date(2026, 12, 10),
        date(2026, 12, 24),
        date(2027, 1, 7),
    ]


def test_last_weekday_is_the_fifth_where_there_is_one() -> None:
    rule = Recurrence.parse("FREQ=MONTHLY;BYDAY=-1FR")
    days = rule.list_days(FIRST, since=FIRST, until=date(2027, 2, 28))
    assert days == [date(2026, 11, 27), date(2026, 12, 25), date(2027, 1, 29), date(2027, 2, 26)]


@given(first=st.dates(date(1970, 1, 1), date(2199, 6, 1)))
def test_monthly_rule_begins_on_the_day_that_it_is_chosen_for(first: date) -> None:
    rule = choose_monthly_rule(first)
    assert Recurrence.parse(str(rule)) == rule
    assert rule.list_days(first, since=first, until=first + timedelta(days=40))[0] == first
