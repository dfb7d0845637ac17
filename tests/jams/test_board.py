from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.exceptions import NotFound
from jams.models import Entry, EntryStatus, Jam, JamStatus, Voting
from jams.selectors import board
from songs.parts import Part
from tests.builders import make_attendee, make_entry, make_jam, make_performance, make_song, make_vote
from tests.visitors import counts_in

pytestmark = pytest.mark.django_db
NOW = timezone.now()
PLAYED: dict[str, Any] = {"status": EntryStatus.PLAYED, "started_at": NOW - timedelta(minutes=9), "finished_at": NOW}


def listed(jam: Jam, title: str, votes: int = 0, **values: Any) -> Entry:
    entry = make_entry(jam=jam, song=make_song(title=title), **values)
    for _ in range(votes):
        make_vote(entry=entry)
    return entry


def queue_of(jam: Jam) -> list[str]:
    read = board.read_board(jam.slug, order=1)
    places = {entry_id: read.queue.index(f'id="entry-{entry_id}"') for entry_id, _place in read.places}
    return [Entry.objects.select_related("song").get(pk=pk).song.title for pk in sorted(places, key=places.__getitem__)]


def test_queue_is_sorted_by_votes_title_and_age() -> None:
    jam = make_jam()
    for title, votes in [("Úrsula", 1), ("few", 1), ("Many", 3), ("Apple", 1)]:
        listed(jam, title, votes)
    assert queue_of(jam) == ["Many", "Apple", "few", "Úrsula"]


def test_queue_starts_with_songs_on_deck_in_their_order() -> None:
    jam = make_jam()
    listed(jam, "Loved", votes=3)
    listed(jam, "Second", status=EntryStatus.ON_DECK, on_deck_at=NOW)
    listed(jam, "First", status=EntryStatus.ON_DECK, on_deck_at=NOW - timedelta(minutes=1))
    assert queue_of(jam) == ["First", "Second", "Loved"]


def test_board_shows_only_listed_songs() -> None:
    jam = make_jam()
    for status in (EntryStatus.SUGGESTED, EntryStatus.SKIPPED, EntryStatus.HIDDEN):
        listed(jam, f"Not this {status}", status=status)
    listed(jam, "Queued")
    listed(jam, "Playing", status=EntryStatus.PLAYING, started_at=NOW)
    listed(jam, "Played", **PLAYED)
    html = board.read_board(jam.slug, order=1).html
    assert [title in html for title in ("Queued", "Playing", "Played", "Not this")] == [True, True, True, False]


def test_board_lines_hold_vote_counts_by_id() -> None:
    jam = make_jam()
    expected = {
        listed(jam, "Queued", votes=2).pk: 2,
        listed(jam, "Playing", votes=1, status=EntryStatus.PLAYING, started_at=NOW).pk: 1,
        listed(jam, "Played", **PLAYED).pk: 0,
    }
    assert counts_in(board.read_board(jam.slug, order=1).html) == expected


def test_song_row_shows_performers_and_missing_parts() -> None:
    parts = [{"part": "bass"}, {"part": "guitar", "count": 2}, {"part": "keys", "optional": True}]
    entry = make_entry(song=make_song(parts=parts))
    dana = make_attendee(jam=entry.jam, name="Dana")
    make_performance(entry=entry, attendee=dana, part=Part.GUITAR)
    song = board.read_board(entry.jam.slug, order=1).lines[f"song-{entry.pk}"]
    assert "<bdi>Dana</bdi> guitar" in song
    assert "Needs guitar, bass" in song


def test_song_row_counts_a_no_show_as_missing() -> None:
    entry = make_entry(song=make_song(parts=[{"part": "drums"}]))
    make_performance(entry=entry, part=Part.DRUMS, no_show=True)
    assert "Needs drums" in board.read_board(entry.jam.slug, order=1).html


def test_song_row_is_covered_when_all_parts_are_taken() -> None:
    entry = make_entry(jam=make_jam(default_parts=[{"part": "drums"}]))
    make_performance(entry=entry, part=Part.DRUMS)
    assert "Ready" in board.read_board(entry.jam.slug, order=1).html


def test_song_that_nobody_plays_is_not_ready() -> None:
    entry = make_entry(song=make_song(parts=[]))
    assert "Ready" not in board.read_board(entry.jam.slug, order=1).html
    make_performance(entry=entry, part=Part.DRUMS)
    assert "Ready" in board.read_board(entry.jam.slug, order=1).html


def test_stage_screen_promises_only_songs_on_deck() -> None:
    jam = make_jam()
    listed(jam, "Loved", votes=2)
    before = board.read_board(jam.slug, order=1).stage
    listed(jam, "Chosen", status=EntryStatus.ON_DECK, on_deck_at=NOW)
    after = board.read_board(jam.slug, order=1).stage
    assert ["Most wanted" in before, "Loved" in before, "Up next" in before] == [True, True, False]
    assert ["Up next" in after, "Chosen" in after, "Loved" in after] == [True, True, False]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"voting": Voting.CLOSED}, "Voting is closed."),
        ({"voting": Voting.MUSICIANS}, "Only musicians can vote tonight."),
        ({"status": JamStatus.ENDED}, "This jam has ended."),
    ],
)
def test_board_shows_who_can_vote(change: dict[str, Any], sentence: str) -> None:
    assert sentence in board.read_board(make_jam(**change).slug, order=1).html


def test_ended_jam_does_not_call_wanted_what_nobody_voted_for() -> None:
    jam = make_jam()
    listed(jam, "Loved", votes=1)
    listed(jam, "Unloved")
    during = board.read_board(jam.slug, order=1)
    Jam.objects.filter(pk=jam.pk).update(status=JamStatus.ENDED, ended_at=NOW)
    after = board.read_board(jam.slug, order=1)
    assert [[row.song.title for row in one.rows] for one in (during, after)] == [["Loved", "Unloved"], ["Loved"]]
    assert "Show all" not in after.html.partition('id="queue-more"')[2].partition(">")[0]
    jam.entries.filter(song__title="Loved").delete()
    assert "Every song with votes was played." in board.read_board(jam.slug, order=1).html


def test_hearts_are_disabled_while_voting_is_closed() -> None:
    entry = make_entry(jam=make_jam(voting=Voting.CLOSED))
    assert "disabled" in board.read_board(entry.jam.slug, order=1).hearts[entry.pk][0]


def test_with_hearts_changes_only_my_copy() -> None:
    jam = make_jam()
    mine, other = listed(jam, "Mine"), listed(jam, "Other")
    shared = board.read_current_board(jam.slug)
    page = shared.with_hearts([mine.pk, 999_999])
    assert shared.hearts[mine.pk][1] in page
    assert shared.hearts[other.pk][0] in page
    assert 'aria-pressed="true"' not in board.read_current_board(jam.slug).html


def test_board_contains_no_chord_sheet() -> None:
    entry = make_entry(
        song=make_song(chord_url="https://chords.example/secret"), chord_url="https://chords.example/own"
    )
    assert "chords.example" not in repr(vars(board.read_board(entry.jam.slug, order=1)))


def test_board_escapes_markup_in_a_title() -> None:
    entry = make_entry(song=make_song(title="<img src=x onerror=alert(1)>"))
    assert "<img src=x" not in board.read_board(entry.jam.slug, order=1).html


def test_updates_since_holds_only_changed_counts() -> None:
    jam = make_jam()
    entry, _other = listed(jam, "One"), listed(jam, "Two")
    before = board.read_current_board(jam.slug)
    make_vote(entry=entry)
    assert (
        board.read_board(jam.slug, order=2).updates_since(before)
        == f'<span id="votes-{entry.pk}" class="votes">1</span>'
    )


def test_updates_since_is_empty_without_a_change() -> None:
    jam = make_entry().jam
    assert board.read_board(jam.slug, order=2).updates_since(board.read_board(jam.slug, order=1)) == ""


def test_updates_since_sends_the_queue_once_for_a_new_song() -> None:
    jam = make_jam()
    first = listed(jam, "One")
    before = board.read_board(jam.slug, order=1)
    second = listed(jam, "Two")
    news = board.read_board(jam.slug, order=2).updates_since(before)
    assert counts_in(news) == {first.pk: 0, second.pk: 0}
    assert news.count(f'id="votes-{first.pk}"') == 1


def test_updates_since_sends_stage_and_queue_for_a_start() -> None:
    entry = make_entry()
    before = board.read_board(entry.jam.slug, order=1)
    Entry.objects.filter(pk=entry.pk).update(status=EntryStatus.PLAYING, started_at=NOW)
    news = board.read_board(entry.jam.slug, order=2).updates_since(before)
    assert news.count(f'id="entry-{entry.pk}"') == 1
    assert 'id="queue"' in news


@pytest.mark.parametrize("songs", [1, 60])
def test_read_current_board_takes_three_queries_then_none(songs: int, django_assert_num_queries: Any) -> None:
    jam = make_jam()
    for number in range(songs):
        make_performance(entry=listed(jam, f"Song {number}", votes=1))
    with django_assert_num_queries(3):
        board.read_current_board(jam.slug)
    with django_assert_num_queries(0):
        board.read_current_board(jam.slug)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["vote", "unvote", "entry", "song", "jam", "venue", "name", "performance"])
def test_read_current_board_sees_every_change(what: str) -> None:
    vote = make_vote()
    entry, jam = vote.entry, vote.entry.jam
    musician = make_attendee(jam=jam, name="Dana")
    before = board.read_current_board(jam.slug)
    changes: dict[str, Callable[[], object]] = {
        "vote": lambda: make_vote(entry=entry),
        "unvote": vote.delete,
        "entry": lambda: make_entry(jam=jam),
        "song": entry.song.save,
        "jam": jam.save,
        "venue": jam.venue.save,
        "name": musician.delete,
        "performance": lambda: make_performance(entry=entry, attendee=musician),
    }
    changes[what]()
    with CaptureQueriesContext(connection) as queries:
        after = board.read_current_board(jam.slug)
    assert len(queries) == 3
    assert after.order > before.order


def test_read_board_raises_not_found_for_an_unknown_jam() -> None:
    with pytest.raises(NotFound):
        board.read_current_board("nowhere")
