from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from core.exceptions import ActionError
from jams.models import Entry, EntryStatus, Event, Jam, JamStatus
from jams.services.jam_status import (
    announce_last_call,
    cancel_jam,
    end_jam,
    open_jam,
    pause_jam,
    reinstate_jam,
    reopen_jam,
    resume_jam,
)
from jams.services.undo import undo_event
from tests.builders import make_entry, make_jam, make_user

pytestmark = pytest.mark.django_db
NOW = timezone.now()

WAYS = [
    (open_jam, "scheduled", "live"),
    (pause_jam, "live", "paused"),
    (resume_jam, "paused", "live"),
    (end_jam, "scheduled", "ended"),
    (cancel_jam, "scheduled", "cancelled"),
    (reinstate_jam, "cancelled", "scheduled"),
    (end_jam, "live", "ended"),
    (end_jam, "paused", "ended"),
]
of_ways = pytest.mark.parametrize(("verb", "before", "after"), WAYS)


def do(verb: Callable[..., Event | None], jam: Jam) -> Event | None:
    return verb(jam=jam, user=make_user(), now=NOW)


@of_ways
def test_jam_status_changes_once(verb: Callable[..., Event | None], before: JamStatus, after: JamStatus) -> None:
    jam = make_jam(status=before, starts_at=NOW - timedelta(hours=1))  # the end of one that never began cancels it
    events = [do(verb, jam), do(verb, jam)]
    jam.refresh_from_db()
    assert (jam.status, events[1], Event.objects.count()) == (after, None, 1)


@of_ways
def test_jam_status_change_can_be_undone(
    verb: Callable[..., Event | None], before: JamStatus, after: JamStatus
) -> None:
    jam = make_jam(status=before)
    event = do(verb, jam)
    assert event is not None
    undo_event(event=event, user=make_user(), now=NOW)
    jam.refresh_from_db()
    assert jam.status == before


@pytest.mark.parametrize(
    ("verb", "status"), [(open_jam, "paused"), (pause_jam, "scheduled"), (resume_jam, "scheduled")]
)
def test_jam_status_cannot_skip_a_step(verb: Callable[..., Event | None], status: JamStatus) -> None:
    jam = make_jam(status=status)
    with pytest.raises(ActionError, match="Jam status: "):
        do(verb, jam)


@pytest.mark.parametrize("verb", [open_jam, pause_jam, resume_jam, announce_last_call])
def test_ended_jam_refuses_every_other_change(verb: Callable) -> None:
    with pytest.raises(ActionError, match=r"This jam has ended\."):
        do(verb, make_jam(status=JamStatus.ENDED))


def test_end_jam_finishes_the_song_on_stage_until_undone() -> None:
    entry = make_entry(status=EntryStatus.PLAYING, started_at=NOW)
    event = do(end_jam, entry.jam)
    entry.refresh_from_db(from_queryset=Entry.objects.select_related("song"))
    assert (entry.status, entry.song.times_played) == ("played", 1)
    assert event is not None
    undo_event(event=event, user=make_user(), now=NOW)
    entry.refresh_from_db(from_queryset=Entry.objects.select_related("song"))
    assert (entry.status, entry.song.times_played) == ("playing", 0)


def test_last_call_closes_suggestions_and_sign_ups_until_undone() -> None:
    jam = make_jam()
    event = do(announce_last_call, jam)
    jam.refresh_from_db()
    assert (jam.suggestions, jam.sign_ups, jam.voting) == ("off", "closed", "everyone")
    assert event is not None
    undo_event(event=event, user=make_user(), now=NOW)
    jam.refresh_from_db()
    assert (jam.suggestions, jam.sign_ups) == ("everyone", "open")


def test_reopen_jam_is_possible_while_names_are_kept() -> None:
    """Also weeks after the end: there is no limit of 15 minutes as for undo."""
    jam = make_jam(status=JamStatus.ENDED, starts_at=NOW - timedelta(days=60), ends_at=NOW - timedelta(days=59))
    events = [do(reopen_jam, jam), do(reopen_jam, jam)]
    jam.refresh_from_db()
    assert (jam.status, events[1]) == ("live", None)


def test_reopen_jam_is_refused_once_the_names_are_deleted() -> None:
    jam = make_jam(status=JamStatus.ENDED, forgotten_at=NOW)
    with pytest.raises(ActionError, match="names at this jam have been deleted"):
        do(reopen_jam, jam)
    jam.refresh_from_db()
    assert jam.is_over
