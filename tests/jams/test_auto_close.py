from datetime import timedelta

import pytest
from django.utils import timezone

from jams.models import EntryStatus, Event, JamStatus
from jams.services.auto_close import GRACE, end_jams_left_open
from jams.services.event_log import describe_event
from jams.services.jam_status import pause_jam, reopen_jam
from jams.tasks import close_jams_left_open
from tests.builders import make_entry, make_jam, make_user

pytestmark = pytest.mark.django_db


def jam_ended(ago, **values):
    ends_at = timezone.now() - ago
    return make_jam(starts_at=ends_at - timedelta(hours=4), ends_at=ends_at, **values)


@pytest.mark.parametrize("status", [JamStatus.SCHEDULED, JamStatus.LIVE, JamStatus.PAUSED])
def test_end_jams_left_open_ends_a_jam_once(status):
    jam = jam_ended(GRACE + timedelta(minutes=1), status=status)
    assert [close_jams_left_open.call(), close_jams_left_open.call()] == [1, 0]
    jam.refresh_from_db()
    assert jam.status == JamStatus.ENDED
    (event,) = Event.objects.filter(jam=jam).select_related("user")
    assert event.data["settings"] == {"status": [status, "ended"]}
    assert describe_event(event) == "The jam was closed automatically because nobody ended it"


def test_end_jams_left_open_finishes_the_song_on_stage():
    jam = jam_ended(GRACE * 2)
    entry = make_entry(jam=jam, status=EntryStatus.PLAYING, started_at=jam.starts_at)
    close_jams_left_open.call()
    entry.refresh_from_db()
    assert entry.status == EntryStatus.PLAYED


def test_end_jams_left_open_spares_a_jam_that_runs_late():
    jam_ended(GRACE - timedelta(minutes=1))
    jam_ended(GRACE * 2, status=JamStatus.ENDED)
    assert close_jams_left_open.call() == 0
    assert Event.objects.count() == 0


def test_end_jams_left_open_spares_a_jam_that_a_host_has_reopened():
    jam, host = jam_ended(GRACE * 3, status=JamStatus.ENDED), make_user()
    now = timezone.now()
    reopen_jam(jam=jam, user=host, now=now - GRACE + timedelta(minutes=1))
    assert end_jams_left_open(now=now) == 0
    assert end_jams_left_open(now=now + timedelta(minutes=2)) == 1


def test_end_jams_left_open_spares_a_jam_that_a_host_still_runs():
    jam, host = jam_ended(GRACE * 3, status=JamStatus.LIVE), make_user()
    pause_jam(jam=jam, user=host, now=timezone.now() - timedelta(minutes=5))
    assert close_jams_left_open.call() == 0
