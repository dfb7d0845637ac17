"""The hosts hear of many new phones at once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from jams.models import Event
from jams.services.event_log import Verb, describe_event
from tests.builders import make_attendee, make_jam

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _three_are_a_crowd(settings):
    settings.CROWD_ALARM = 3


def alarms(jam) -> list[str]:
    return [describe_event(event) for event in Event.objects.filter(jam=jam, verb=Verb.CROWD).select_related("user")]


def test_alarm_is_raised_once_for_three_new_phones():
    jam = make_jam()
    for _ in range(5):
        make_attendee(jam=jam)
    assert alarms(jam) == ["3 new phones joined within a minute. Open Voting access to check whether they are real."]


def test_alarm_ignores_slow_arrivals_and_other_jams():
    jam, now = make_jam(), timezone.now()
    for minutes in range(5):
        make_attendee(jam=jam, created_at=now + timedelta(minutes=minutes))
    for _ in range(2):
        make_attendee(jam=make_jam(), created_at=now)
    assert Event.objects.count() == 0


def test_alarm_is_raised_again_after_ten_minutes():
    jam, now = make_jam(), timezone.now()
    for minutes in (0, 0, 0, 5, 5, 5, 11, 11, 11):
        make_attendee(jam=jam, created_at=now + timedelta(minutes=minutes))
    assert len(alarms(jam)) == 2
