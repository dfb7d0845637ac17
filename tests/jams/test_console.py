"""What a host sees of a jam, as rows; tests/jams/test_console_views.py has the page."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from jams.models import Entry, EntryStatus, Jam, JamStatus
from jams.selectors.console import GUEST_FEED_LENGTH, HOST_FEED_LENGTH, Console, Person, Player, read_console
from jams.services.event_log import Verb, record_event
from tests.builders import make_attendee, make_entry, make_jam, make_performance, make_song, make_user, make_vote

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


def add(jam: Jam, title: str, votes: int = 0, **values: Any) -> Entry:
    entry = make_entry(jam=jam, song=make_song(title=title), **values)
    for _ in range(votes):
        make_vote(entry=entry)
    return entry


def played(minutes_ago: int) -> dict[str, Any]:
    at = NOW - minutes(minutes_ago)
    return {"status": EntryStatus.PLAYED, "started_at": at - minutes(4), "finished_at": at}


def play(entry: Entry, *names: str, **values: Any) -> None:
    for name in names:
        attendee = entry.jam.attendees.filter(name=name).first() or make_attendee(jam=entry.jam, name=name)
        make_performance(entry=entry, attendee=attendee, **values)


def read(jam: Jam) -> Console:
    return read_console(jam, now=NOW)


def titles(lines: list[Any]) -> list[str]:
    return [line.title for line in lines]


def test_console_sorts_songs_by_status_each_in_its_own_order() -> None:
    jam = make_jam()
    add(jam, "Deck 2", votes=9, status=EntryStatus.ON_DECK, on_deck_at=NOW)
    add(jam, "Deck 1", status=EntryStatus.ON_DECK, on_deck_at=NOW - minutes(1))
    add(jam, "Stage", status=EntryStatus.PLAYING, started_at=NOW)
    for title, votes in [("zebra", 1), ("Many", 3), ("Ärger", 1)]:
        add(jam, title, votes)
    add(jam, "Late suggestion", status=EntryStatus.SUGGESTED, created_at=NOW)
    add(jam, "Early suggestion", status=EntryStatus.SUGGESTED, created_at=NOW - minutes(1))
    add(jam, "Hidden", status=EntryStatus.HIDDEN)
    add(jam, "Skipped", status=EntryStatus.SKIPPED)
    add(jam, "Played last", **played(5))
    add(jam, "Played first", **played(10))
    console = read(jam)
    assert console.on_stage is not None
    assert console.on_stage.title == "Stage"
    assert titles(console.deck) == ["Deck 1", "Deck 2"]
    assert titles(console.queue) == ["Many", "Ärger", "zebra"]
    assert titles(console.pending) == ["Early suggestion", "Late suggestion"]
    assert sorted(titles(console.removed)) == ["Hidden", "Skipped"]
    assert titles(console.played) == ["Played first", "Played last"]


def test_console_of_an_empty_jam_has_nothing_to_play() -> None:
    console = read(make_jam())
    assert (console.on_stage, console.next, console.items, console.people, console.host_feed) == (
        None,
        None,
        (),
        (),
        (),
    )


def test_item_holds_everything_about_a_song() -> None:
    jam = make_jam(default_parts=[{"part": "drums"}])
    song = make_song(
        title="Creep", artist="Radiohead", key="G", parts=[{"part": "guitar"}, {"part": "bass", "count": 2}]
    )
    suggester = make_attendee(jam=jam, name="Wanda")
    entry = make_entry(
        jam=jam,
        song=song,
        suggested_by=suggester,
        status=EntryStatus.ON_DECK,
        on_deck_at=NOW,
        created_at=NOW - minutes(9),
    )
    play(entry, "Gus", part="guitar", no_show=True)
    play(entry, "Bea", part="bass")
    make_vote(entry=entry)
    (line,) = read(jam).items
    assert (line.entry_id, line.title, line.artist, line.key) == (entry.pk, "Creep", "Radiohead", "G")
    assert (line.status, line.votes, line.suggested_by, line.is_ready) == ("on_deck", 1, "Wanda", False)
    assert line.players == (Player("Gus", "guitar", no_show=True), Player("Bea", "bass", no_show=False))
    assert (line.lacking, line.names) == (("guitar", "bass"), frozenset({"Bea"}))
    assert (line.created_at, line.on_deck_at) == (NOW - minutes(9), NOW)
    assert (line.started_at, line.finished_at) == (None, None)


def test_item_is_ready_when_all_needed_parts_are_taken() -> None:
    jam = make_jam(default_parts=[{"part": "drums"}])
    entry = add(jam, "Creep")
    assert read(jam).items[0].lacking == ("drums",)
    play(entry, "Dana", part="drums")
    assert read(jam).items[0].is_ready
    jam.default_parts = []
    assert read(jam).items[0].is_ready


def test_item_that_nobody_plays_is_not_ready() -> None:
    jam = make_jam()
    add(jam, "Creep")
    assert (read(jam).items[0].lacking, read(jam).items[0].is_ready) == ((), False)


def test_items_are_in_the_order_songs_were_added() -> None:
    jam = make_jam()
    add(jam, "Second", created_at=NOW)
    add(jam, "First", created_at=NOW - minutes(1))
    assert titles(list(read(jam).items)) == ["First", "Second"]


def test_next_song_is_the_first_on_deck_before_any_of_the_queue() -> None:
    jam = make_jam(default_parts=[{"part": "drums"}])
    add(jam, "Loved", votes=3)
    deck = add(jam, "Deck", status=EntryStatus.ON_DECK, on_deck_at=NOW)
    suggestion = read(jam).next
    assert suggestion is not None
    assert (suggestion.entry_id, suggestion.title) == (deck.pk, "Deck")
    assert suggestion.reasons == ("first on deck", "needs drums")
    play(deck, "Dana", part="drums")
    suggestion = read(jam).next
    assert suggestion is not None
    assert suggestion.reasons == ("first on deck", "ready")


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        ({"status": EntryStatus.PLAYING, "started_at": NOW}, "Dana is on stage now"),
        (played(1), "Dana played in the last song"),
    ],
)
def test_next_song_avoids_the_musicians_of_the_last_one(before: dict[str, Any], reason: str) -> None:
    jam = make_jam()
    play(add(jam, "Before the last", **played(20)), "Sam")
    play(add(jam, "Last", **before), "Dana")
    play(add(jam, "Again", votes=2), "Dana")
    play(add(jam, "Other", votes=1), "Sam")
    suggestion = read(jam).next
    assert suggestion is not None
    assert suggestion.title == "Other"
    assert suggestion.reasons[-1] == f"Again comes after Other: {reason}"


def test_next_song_counts_songs_played_since_it_was_added() -> None:
    jam = make_jam()
    for number in range(3):
        add(jam, f"Old {number}", **played(10 * number))
    add(jam, "New", votes=1, created_at=NOW)
    add(jam, "Patient", created_at=NOW - minutes(15))
    suggestion = read(jam).next
    assert suggestion is not None
    assert suggestion.title == "Patient"


def test_people_have_their_turns_and_upcoming_songs() -> None:
    jam = make_jam()
    make_attendee(jam=jam)
    make_attendee(jam=jam, name="Gone", left_at=NOW)
    make_attendee(name="Elsewhere")
    make_attendee(jam=jam, name="Walter", browser=None)
    for title, values in [
        ("Played", played(9)),
        ("Stage", {"status": EntryStatus.PLAYING, "started_at": NOW}),
        ("Queued", {}),
        ("Deck", {"status": EntryStatus.ON_DECK, "on_deck_at": NOW}),
        ("Other deck", {"status": EntryStatus.ON_DECK, "on_deck_at": NOW}),
        ("Suggested", {"status": EntryStatus.SUGGESTED}),
        ("Skipped", {"status": EntryStatus.SKIPPED}),
    ]:
        play(add(jam, title, **values), "Dana")
    play(add(jam, "Missed", **played(30)), "Ärne", no_show=True)
    assert read(jam).people == (
        Person("Ärne", turns=0, upcoming=0, has_phone=True),
        Person("Walter", turns=0, upcoming=0, has_phone=False),
        Person("Dana", turns=2, upcoming=3, has_phone=True),
    )


def test_feeds_are_separate_bounded_and_newest_first() -> None:
    jam, host = make_jam(), make_user(username="kim")
    dana = make_attendee(jam=jam, name="Dana")
    record_event(jam=make_jam(), verb=Verb.PAUSE_JAM, now=NOW, user=host)
    for number in range(HOST_FEED_LENGTH):
        record_event(jam=jam, verb=Verb.PAUSE_JAM, now=NOW - minutes(number + 1), user=host)
    record_event(jam=jam, verb=Verb.CROWD, now=NOW, n=20)
    for number in range(GUEST_FEED_LENGTH + 1):
        record_event(jam=jam, verb=Verb.JOIN, now=NOW - minutes(number), attendee=dana)
    console = read(jam)
    assert [act.sentence for act in console.host_feed[1:]] == ["kim started a break"] * (HOST_FEED_LENGTH - 1)
    assert "20 new phones" in console.host_feed[0].sentence
    assert [act.at for act in console.guest_feed] == [NOW - minutes(number) for number in range(GUEST_FEED_LENGTH)]


@pytest.mark.parametrize(
    ("status", "offered"),
    [(JamStatus.LIVE, [Verb.END_JAM, Verb.PAUSE_JAM]), (JamStatus.ENDED, [Verb.END_JAM])],
)
def test_feed_offers_undo_only_where_possible(status: JamStatus, offered: list[Verb]) -> None:
    jam, host = make_jam(status=status), make_user()
    for verb in (Verb.PAUSE_JAM, Verb.END_JAM, Verb.SET_ROOM_CODE):
        record_event(jam=jam, verb=verb, now=NOW, user=host)
    undone = record_event(jam=jam, verb=Verb.PAUSE_JAM, now=NOW - minutes(1), user=host)
    undone.undone_at = NOW
    undone.save()
    record_event(jam=jam, verb=Verb.PAUSE_JAM, now=NOW - minutes(16), user=host)
    events = {event.pk: event.verb for event in jam.events.all()}
    acts = read(jam).host_feed
    assert [events[act.undo] for act in acts if act.undo] == offered
    assert [act.is_undone for act in acts] == [False, False, False, True, False]
