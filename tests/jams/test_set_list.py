from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from core.exceptions import ActionError
from jams.models import Entry, EntryStatus, Event, Jam, SignUps, Suggestions
from jams.services.set_list import (
    approve_song,
    bring_song_back,
    hide_song,
    list_deck,
    order_deck,
    put_on_deck,
    queue_song,
    take_off_deck,
)
from jams.services.undo import undo_event
from songs.models import Song
from tests.builders import make_entry, make_jam, make_performance, make_song, make_user

pytestmark = pytest.mark.django_db
NOW = timezone.now()

MOVES: list[tuple[Callable, EntryStatus, EntryStatus]] = [
    (put_on_deck, EntryStatus.QUEUED, EntryStatus.ON_DECK),
    (take_off_deck, EntryStatus.ON_DECK, EntryStatus.QUEUED),
    (hide_song, EntryStatus.QUEUED, EntryStatus.HIDDEN),
    (hide_song, EntryStatus.SUGGESTED, EntryStatus.HIDDEN),
    (approve_song, EntryStatus.SUGGESTED, EntryStatus.QUEUED),
    (bring_song_back, EntryStatus.SKIPPED, EntryStatus.QUEUED),
    (bring_song_back, EntryStatus.HIDDEN, EntryStatus.QUEUED),
]
of_moves = pytest.mark.parametrize(("verb", "before", "after"), MOVES)


def an_entry(status: EntryStatus, jam: Jam | None = None, place: int = 0) -> Entry:
    at = NOW + timedelta(seconds=place) if status == EntryStatus.ON_DECK else None
    return make_entry(jam=jam, status=status, on_deck_at=at)


def do(verb: Callable[..., Event | None], entry: Entry, **values: object) -> Event | None:
    return verb(jam=entry.jam, entry=entry, user=make_user(), now=NOW, **values)


@of_moves
def test_move_is_idempotent(verb: Callable[..., Event | None], before: EntryStatus, after: EntryStatus) -> None:
    entry = an_entry(before)
    events = [do(verb, entry), do(verb, entry)]
    entry.refresh_from_db()
    assert (entry.status, events[1], Event.objects.count()) == (after, None, 1)
    assert (entry.on_deck_at is not None) == (after == EntryStatus.ON_DECK)


@of_moves
def test_move_can_be_undone(verb: Callable[..., Event | None], before: EntryStatus, after: EntryStatus) -> None:
    entry = an_entry(before)
    event = do(verb, entry)
    assert event is not None
    undo_event(event=event, user=make_user(), now=NOW)
    at, entry = entry.on_deck_at, Entry.objects.get(pk=entry.pk)
    assert (entry.status, entry.on_deck_at) == (before, at)


@of_moves
def test_move_is_refused_for_a_played_song(verb: Callable[..., Event | None], before: str, after: str) -> None:
    entry = make_entry(status=EntryStatus.PLAYED, started_at=NOW, finished_at=NOW)
    with pytest.raises(ActionError, match="already played"):
        do(verb, entry)


@pytest.mark.parametrize(("place", "order"), [(1, "CAB"), (2, "ACB"), (3, "ABC"), (0, "CAB"), (99, "ABC")])
def test_order_deck_sets_the_order(place: int, order: str) -> None:
    jam = make_jam()
    deck = {letter: an_entry(EntryStatus.ON_DECK, jam, number) for number, letter in enumerate("ABC")}
    event = do(order_deck, deck["C"], place=place)
    assert list_deck(jam) == [deck[letter] for letter in order]
    assert (event is None) == (order == "ABC")


def test_order_deck_can_be_undone() -> None:
    jam = make_jam()
    deck = [an_entry(EntryStatus.ON_DECK, jam, number) for number in range(3)]
    event = do(order_deck, deck[2], place=1)
    assert event is not None
    undo_event(event=event, user=make_user(), now=NOW)
    assert list_deck(jam) == deck


def test_undo_is_refused_when_the_song_has_moved_on() -> None:
    entry = an_entry(EntryStatus.QUEUED)
    event = do(put_on_deck, entry)
    do(hide_song, entry)
    assert event is not None
    with pytest.raises(ActionError, match="later changes depend on it"):
        undo_event(event=event, user=make_user(), now=NOW)
    entry.refresh_from_db()
    assert entry.status == EntryStatus.HIDDEN


def a_closed_jam() -> Jam:
    """After last call: guests can suggest nothing and sign up for nothing."""
    return make_jam(suggestions=Suggestions.OFF, sign_ups=SignUps.CLOSED)


def test_queue_song_from_the_library_works_after_last_call() -> None:
    jam, song = a_closed_jam(), make_song(title="Jolene")
    events = [queue_song(jam=jam, song=song.pk, user=make_user(), now=NOW) for _ in range(2)]
    assert [event and event.verb for event in events] == ["queue_song", None]
    assert list(jam.entries.values_list("song", "status")) == [(song.pk, "queued")]


def test_queue_song_adds_a_new_one_to_the_library() -> None:
    jam = a_closed_jam()
    for title in ("Jolene", "JOLENE"):
        queue_song(jam=jam, title=title, artist="Dolly Parton", user=make_user(), now=NOW)
    assert list(Song.objects.values_list("title", "artist")) == [("Jolene", "Dolly Parton")]
    assert jam.entries.get().status == "queued"


@pytest.mark.parametrize("status", [EntryStatus.SUGGESTED, EntryStatus.SKIPPED, EntryStatus.HIDDEN])
def test_queue_song_brings_one_back_and_undo_restores_its_status(status: EntryStatus) -> None:
    entry = an_entry(status)
    event = queue_song(jam=entry.jam, song=entry.song_id, user=make_user(), now=NOW)
    entry.refresh_from_db()
    assert entry.status == "queued"
    assert event is not None
    undo_event(event=event, user=make_user(), now=NOW)
    entry.refresh_from_db()
    assert entry.status == status


def test_undo_of_a_new_song_hides_it_with_its_sign_ups() -> None:
    jam = make_jam()
    event = queue_song(jam=jam, song=make_song().pk, user=make_user(), now=NOW)
    make_performance(entry=jam.entries.get())
    assert event is not None
    undo_event(event=event, user=make_user(), now=NOW)
    assert (jam.entries.get().status, jam.entries.get().performances.count()) == ("hidden", 1)


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ({}, "Enter a title and an artist"),
        ({"title": "Jolene"}, "Enter a title and an artist"),
        ({"song": 0}, "couldn't find that song"),
    ],
)
def test_queue_song_refuses_what_names_no_song(what: dict, reason: str) -> None:
    jam = make_jam()
    with pytest.raises(ActionError, match=reason):
        queue_song(jam=jam, **what, user=make_user(), now=NOW)
    assert (jam.entries.count(), Song.objects.count()) == (0, 0)


def test_queue_song_refuses_a_song_played_tonight() -> None:
    entry = make_entry(status=EntryStatus.PLAYED, started_at=NOW, finished_at=NOW)
    with pytest.raises(ActionError, match="already played"):
        queue_song(jam=entry.jam, song=entry.song_id, user=make_user(), now=NOW)


@pytest.mark.parametrize("way", ["number", "name"])
def test_queue_song_refuses_an_archived_song(way: str) -> None:
    song = make_song(archived=True)
    wanted = {"song": song.pk} if way == "number" else {"title": song.title, "artist": song.artist}
    with pytest.raises(ActionError, match="no longer in the library"):
        queue_song(jam=make_jam(), user=make_user(), now=NOW, **wanted)
    assert Entry.objects.count() == 0
