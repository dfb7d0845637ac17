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


def test_three_new_phones_within_a_minute_are_told_once():
    jam = make_jam()
    for _ in range(5):
        make_attendee(jam=jam)
    assert alarms(jam) == ["3 new phones joined within a minute. Open Voting access to check whether they are real."]


def test_phones_that_come_one_by_one_or_to_other_jams_are_no_crowd():
    jam, now = make_jam(), timezone.now()
    for minutes in range(5):
        make_attendee(jam=jam, created_at=now + timedelta(minutes=minutes))
    for _ in range(2):
        make_attendee(jam=make_jam(), created_at=now)
    assert Event.objects.count() == 0


def test_the_next_crowd_after_ten_minutes_is_told_again():
    jam, now = make_jam(), timezone.now()
    for minutes in (0, 0, 0, 5, 5, 5, 11, 11, 11):
        make_attendee(jam=jam, created_at=now + timedelta(minutes=minutes))
    assert len(alarms(jam)) == 2
