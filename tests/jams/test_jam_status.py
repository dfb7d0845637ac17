from collections.abc import Callable

import pytest
from django.utils import timezone

from core.exceptions import ActionError
from jams.models import Entry, EntryStatus, Event, Jam, JamStatus
from jams.services.jam_status import announce_last_call, end_jam, open_jam, pause_jam, resume_jam
from jams.services.undo import undo_event
from tests.builders import make_entry, make_jam, make_user

pytestmark = pytest.mark.django_db
NOW = timezone.now()

WAYS = [
    (open_jam, "scheduled", "live"),
    (pause_jam, "live", "paused"),
    (resume_jam, "paused", "live"),
    (end_jam, "scheduled", "ended"),
    (end_jam, "live", "ended"),
    (end_jam, "paused", "ended"),
]
of_ways = pytest.mark.parametrize(("verb", "before", "after"), WAYS)


def do(verb: Callable[..., Event | None], jam: Jam) -> Event | None:
    return verb(jam=jam, user=make_user(), now=NOW)


@of_ways
def test_a_jam_goes_its_way_once(verb: Callable[..., Event | None], before: JamStatus, after: JamStatus) -> None:
    jam = make_jam(status=before)
    events = [do(verb, jam), do(verb, jam)]
    jam.refresh_from_db()
    assert (jam.status, events[1], Event.objects.count()) == (after, None, 1)


@of_ways
def test_a_way_can_be_gone_back(verb: Callable[..., Event | None], before: JamStatus, after: JamStatus) -> None:
    jam = make_jam(status=before)
    event = do(verb, jam)
    assert event is not None
    undo_event(event=event, user=make_user(), now=NOW)
    jam.refresh_from_db()
    assert jam.status == before


@pytest.mark.parametrize(
    ("verb", "status"), [(open_jam, "paused"), (pause_jam, "scheduled"), (resume_jam, "scheduled")]
)
def test_a_jam_jumps_over_nothing(verb: Callable[..., Event | None], status: JamStatus) -> None:
    jam = make_jam(status=status)
    with pytest.raises(ActionError, match="Jam status: "):
        do(verb, jam)


@pytest.mark.parametrize("verb", [open_jam, pause_jam, resume_jam, announce_last_call])
def test_a_jam_that_has_ended_stays_so(verb: Callable) -> None:
    with pytest.raises(ActionError, match=r"This jam has ended\."):
        do(verb, make_jam(status=JamStatus.ENDED))


def test_the_end_finishes_the_song_on_stage_and_undo_goes_on_with_it() -> None:
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
