from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.caching import generations
from core.exceptions import ActionError
from core.http.statuses import get_status
from jams.models import Entry, EntryStatus, Event, Jam, JamStatus
from jams.services.stage import finish_song, skip_song, start_song
from jams.services.undo import undo_event
from tests.builders import make_entry, make_jam, make_song, make_user

pytestmark = pytest.mark.django_db
NOW = timezone.now()
LATER = NOW + timedelta(minutes=4)


def statuses(jam: Jam) -> list[str]:
    return list(jam.entries.order_by("pk").values_list("status", flat=True))


def start(entry: Entry, *, seen: Entry | None = None, now: Any = NOW) -> Event | None:
    return start_song(jam=entry.jam, entry=entry, seen=seen.pk if seen else None, user=make_user(), now=now)


def take_back(event: Event | None, now: Any = LATER) -> Event:
    assert event is not None
    return undo_event(event=event, user=make_user(), now=now)


def test_start_song_puts_it_on_stage() -> None:
    entry = make_entry(status=EntryStatus.ON_DECK, on_deck_at=NOW)
    event = start(entry)
    entry.refresh_from_db(fields=["status", "started_at", "on_deck_at"])
    assert (entry.status, entry.started_at, entry.on_deck_at) == ("playing", NOW, None)
    assert event is not None
    assert (event.verb, event.entry, event.data["song"]) == ("start_song", entry, entry.song.title)


def test_start_song_is_idempotent() -> None:
    entry = make_entry()
    assert [start(entry) is not None, start(entry)] == [True, None]
    assert Event.objects.count() == 1


def test_start_song_finishes_the_one_on_stage() -> None:
    jam = make_jam()
    one, two = make_entry(jam=jam), make_entry(jam=jam)
    start(one)
    start(two, seen=one, now=LATER)
    one.refresh_from_db()
    assert statuses(jam) == ["played", "playing"]
    assert (one.started_at, one.finished_at) == (NOW, LATER)


def test_start_song_is_refused_when_another_song_is_on_stage() -> None:
    jam = make_jam()
    one, two = make_entry(jam=jam, song=make_song(title="Creep")), make_entry(jam=jam)
    start(one)
    with pytest.raises(ActionError, match="Another host got there first: Creep is on stage"):
        start(two)
    assert statuses(jam) == ["playing", "queued"]


def test_start_song_is_refused_when_the_seen_song_is_done() -> None:
    jam = make_jam()
    one, two = make_entry(jam=jam), make_entry(jam=jam)
    with pytest.raises(ActionError, match="the stage is empty now"):
        start(two, seen=one)
    assert statuses(jam) == ["queued", "queued"]


@pytest.mark.parametrize(
    ("status", "sentence"),
    [("scheduled", "Open the jam first"), ("paused", "on a break"), ("ended", "has ended")],
)
def test_start_song_is_refused_while_the_jam_is_not_live(status: JamStatus, sentence: str) -> None:
    entry = make_entry(jam=make_jam(status=status))
    with pytest.raises(ActionError, match=sentence):
        start(entry)
    assert statuses(entry.jam) == ["queued"]


@pytest.mark.parametrize("status", ["suggested", "hidden", "skipped"])
def test_start_song_needs_a_song_in_the_queue(status: EntryStatus) -> None:
    entry = make_entry(status=status)
    with pytest.raises(ActionError, match="isn't in the queue"):
        start(entry)


def test_start_song_refuses_a_song_of_another_jam() -> None:
    with pytest.raises(ActionError) as refusal:
        start_song(jam=make_jam(), entry=make_entry(), seen=None, user=make_user(), now=NOW)
    assert get_status(refusal.value) == 404


def test_finish_song_writes_the_play_history() -> None:
    entry = make_entry()
    start(entry)
    finish_song(jam=entry.jam, entry=entry, user=make_user(), now=LATER)
    entry = Entry.objects.select_related("song").get()
    assert (entry.status, entry.started_at, entry.finished_at) == ("played", NOW, LATER)
    assert (entry.song.times_played, entry.song.last_played_at) == (1, LATER)


def test_finish_song_is_idempotent() -> None:
    entry = make_entry(status=EntryStatus.PLAYING, started_at=NOW)
    events = [finish_song(jam=entry.jam, entry=entry, user=make_user(), now=LATER) for _ in range(2)]
    entry.song.refresh_from_db()
    assert (events[1], entry.song.times_played) == (None, 1)


def test_undo_finish_subtracts_the_play() -> None:
    before = NOW - timedelta(days=7)
    entry = make_entry(
        status=EntryStatus.PLAYING, started_at=NOW, song=make_song(times_played=4, last_played_at=before)
    )
    take_back(finish_song(jam=entry.jam, entry=entry, user=make_user(), now=NOW))
    entry = Entry.objects.select_related("song").get()
    assert (entry.status, entry.started_at, entry.finished_at) == ("playing", NOW, None)
    assert (entry.song.times_played, entry.song.last_played_at) == (4, before)


def test_finish_song_and_its_undo_show_in_the_song_list_at_once(django_capture_on_commit_callbacks: Any) -> None:
    entry = make_entry(status=EntryStatus.PLAYING, started_at=NOW)
    seen = [generations.read_generations("songs")]
    with django_capture_on_commit_callbacks(execute=True):
        event = finish_song(jam=entry.jam, entry=entry, user=make_user(), now=NOW)
    seen.append(generations.read_generations("songs"))
    with django_capture_on_commit_callbacks(execute=True):
        take_back(event)
    seen.append(generations.read_generations("songs"))
    assert len(set(seen)) == 3


def test_undo_finish_keeps_a_later_play_elsewhere() -> None:
    song = make_song()
    here, there = (make_entry(song=song, status=EntryStatus.PLAYING, started_at=NOW) for _ in range(2))
    event = finish_song(jam=here.jam, entry=here, user=make_user(), now=NOW)
    finish_song(jam=there.jam, entry=there, user=make_user(), now=LATER)
    take_back(event)
    song.refresh_from_db()
    assert (song.times_played, song.last_played_at) == (1, LATER)


def test_undo_start_returns_the_previous_song_to_the_stage() -> None:
    jam = make_jam()
    one, two = make_entry(jam=jam), make_entry(jam=jam)
    start(one)
    take_back(start(two, seen=one, now=LATER))
    one.song.refresh_from_db()
    assert statuses(jam) == ["playing", "queued"]
    assert one.song.times_played == 0
    assert jam.events.filter(undone_at=None, verb="finish_song").count() == 0


def test_undo_finish_is_refused_while_the_next_song_plays() -> None:
    jam = make_jam()
    one, two = make_entry(jam=jam), make_entry(jam=jam)
    start(one)
    event = finish_song(jam=jam, entry=one, user=make_user(), now=NOW)
    assert event is not None
    start(two)
    with pytest.raises(ActionError, match="Another song is on stage"):
        take_back(event)
    assert statuses(jam) == ["played", "playing"]
    assert Event.objects.get(pk=event.pk).undone_at is None


def test_skip_song_on_stage_counts_no_play() -> None:
    entry = make_entry(status=EntryStatus.PLAYING, started_at=NOW)
    skip_song(jam=entry.jam, entry=entry, seen=entry.pk, user=make_user(), now=LATER)
    entry = Entry.objects.select_related("song").get()
    assert (entry.status, entry.started_at, entry.song.times_played) == ("skipped", None, 0)


@pytest.mark.parametrize("verb", [finish_song, skip_song])
def test_finish_and_skip_refuse_a_suggestion(verb: Callable) -> None:
    entry = make_entry(status=EntryStatus.SUGGESTED)
    with pytest.raises(ActionError):
        verb(jam=entry.jam, entry=entry, user=make_user(), now=NOW)
    assert statuses(entry.jam) == ["suggested"]


def test_skip_refuses_a_song_that_has_come_on_stage_since() -> None:
    """Another host has started it: the tap on its row in the queue came too late."""
    entry = make_entry(status=EntryStatus.PLAYING, started_at=NOW)
    with pytest.raises(ActionError, match="Another host got there first"):
        skip_song(jam=entry.jam, entry=entry, seen=None, user=make_user(), now=LATER)
    assert statuses(entry.jam) == ["playing"]
