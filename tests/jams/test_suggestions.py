from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.exceptions import ActionError
from core.http.statuses import get_status
from jams.models import Attendee, Entry, EntryStatus, Event, Jam, JamStatus, Performance, SignUps, Suggestions
from jams.services.suggestions import Outcome, suggest_song
from songs.models import Song
from songs.parts import Part
from tests.builders import make_attendee, make_entry, make_jam, make_performance, make_song

pytestmark = pytest.mark.django_db
NOW = timezone.now()
PLAYED: dict[str, Any] = {"status": EntryStatus.PLAYED, "started_at": NOW - timedelta(minutes=9), "finished_at": NOW}


def suggested(jam: Jam, attendee: Attendee | None = None, **what: Any) -> Outcome:
    what = what or {"title": "Valerie", "artist": "The Zutons"}
    return suggest_song(jam=jam, attendee=attendee or make_attendee(jam=jam), now=NOW, **what).outcome


def test_suggest_adds_a_library_song_to_the_list() -> None:
    jam, song = make_jam(), make_song()
    listener = make_attendee(jam=jam)
    assert suggested(jam, listener, song=song) == Outcome.ADDED
    entry = Entry.objects.select_related("song", "suggested_by").get()
    assert (entry.song, entry.status, entry.suggested_by) == (song, EntryStatus.QUEUED, listener)
    assert list(Event.objects.values_list("verb", "attendee")) == [("suggest_song", listener.pk)]


def test_suggest_adds_a_new_song_to_library_and_list() -> None:
    jam = make_jam()
    assert suggested(jam, title=" Valerie ", artist="The  Zutons") == Outcome.ADDED
    assert [str(entry.song) for entry in Entry.objects.select_related("song")] == ["Valerie \N{EN DASH} The Zutons"]


@pytest.mark.parametrize(("title", "artist"), [("Halo", "Beyoncé"), ("HALO", "beyonce"), (" halo ", "BEYONCÉ")])
def test_suggest_ignores_case_and_accents(title: str, artist: str) -> None:
    make_song(title="Halo", artist="Beyoncé")
    suggested(make_jam(), title=title, artist=artist)
    assert Song.objects.count() == 1


def test_suggest_does_not_list_a_song_twice() -> None:
    entry = make_entry(song=make_song(title="Halo", artist="Beyoncé"))
    assert suggested(entry.jam, title="halo", artist="beyonce") == Outcome.LISTED
    assert list(Entry.objects.all()) == [entry]
    assert Event.objects.count() == 0


def test_suggest_waits_for_approval_and_is_idempotent() -> None:
    jam = make_jam(suggestions=Suggestions.APPROVAL)
    assert [suggested(jam), suggested(jam)] == [Outcome.WAITING, Outcome.WAITING]
    assert [entry.status for entry in Entry.objects.all()] == [EntryStatus.SUGGESTED]
    assert Event.objects.count() == 1


def test_suggest_signs_a_musician_up_for_the_part() -> None:
    for switch in (Suggestions.EVERYONE, Suggestions.APPROVAL):
        jam = make_jam(suggestions=switch)
        dana = make_attendee(jam=jam, name="Dana")
        suggested(jam, dana, song=make_song(), part=Part.OTHER, other_part="kazoo")
        assert list(dana.performances.values_list("entry__jam", "other_part")) == [(jam.pk, "kazoo")]


def test_suggest_signs_up_for_a_listed_song() -> None:
    entry = make_entry()
    dana = make_attendee(jam=entry.jam, name="Dana")
    assert suggested(entry.jam, dana, song=entry.song, part=Part.BASS) == Outcome.LISTED
    assert list(dana.performances.values_list("entry", flat=True)) == [entry.pk]


@pytest.mark.parametrize(
    ("jam", "name", "what", "status"),
    [
        ({"status": JamStatus.ENDED}, "Dana", {}, 409),
        ({"suggestions": Suggestions.OFF}, "Dana", {}, 409),
        ({"suggestions": Suggestions.MUSICIANS}, "", {}, 403),
        ({}, "", {"part": Part.BASS}, 403),
        ({"sign_ups": SignUps.CLOSED}, "Dana", {"part": Part.BASS}, 409),
        ({}, "Dana", {"part": "kazoo"}, 400),
        ({}, "Dana", {"title": ""}, 400),
        ({}, "Dana", {"artist": " \t"}, 400),
        ({}, "Dana", {"title": "x" * 201}, 400),
    ],
)
def test_suggest_refused_changes_nothing(jam: dict[str, Any], name: str, what: dict[str, str], status: int) -> None:
    at = make_jam(**jam)
    with pytest.raises(ActionError) as refusal:
        suggested(at, make_attendee(jam=at, name=name), **{"title": "Valerie", "artist": "The Zutons", **what})
    assert get_status(refusal.value) == status
    assert Song.objects.count() + Entry.objects.count() + Performance.objects.count() + Event.objects.count() == 0


def test_suggest_is_open_to_musicians_in_musicians_mode() -> None:
    jam = make_jam(suggestions=Suggestions.MUSICIANS)
    assert suggested(jam, make_attendee(jam=jam, name="Dana")) == Outcome.ADDED


def test_suggest_works_without_a_part_at_the_limit() -> None:
    jam = make_jam(performing_limit=1)
    dana = make_performance(entry=make_entry(jam=jam)).attendee
    with pytest.raises(ActionError, match="the limit at this jam"):
        suggested(jam, dana, title="Valerie", artist="The Zutons", part=Part.BASS)
    assert Entry.objects.count() == 1
    assert suggested(jam, dana) == Outcome.ADDED


@pytest.mark.parametrize("status", [EntryStatus.HIDDEN, EntryStatus.SKIPPED])
def test_suggest_refuses_a_song_the_host_removed(status: str) -> None:
    entry = make_entry(status=status)
    with pytest.raises(ActionError, match="The host has taken this song off") as refusal:
        suggested(entry.jam, song=entry.song)
    entry.refresh_from_db()
    assert (get_status(refusal.value), entry.status) == (409, status)


def test_suggest_refuses_an_archived_song() -> None:
    song = make_song(archived=True)
    for what in ({"song": song}, {"title": song.title, "artist": song.artist}):
        with pytest.raises(ActionError, match="no longer in the library"):
            suggested(make_jam(), **what)
    assert Entry.objects.count() == 0


def test_suggest_refuses_an_attendee_of_another_jam() -> None:
    with pytest.raises(ActionError) as refusal:
        suggested(make_jam(), make_attendee())
    assert (get_status(refusal.value), Entry.objects.count()) == (404, 0)


@pytest.mark.parametrize(
    ("title", "artist", "typed_title", "typed_artist"),
    [
        ("Don't Look Back in Anger", "Oasis", "don\u2019t look back in anger", "OASIS"),
        ("Don't Look Back in Anger", "Oasis", "Don\u00b4t Look Back in Anger", "Oasis"),
        ("Harbour - Rhapsody", "Quartz", "Harbour \N{EN DASH} Rhapsody", "Quartz"),
        ("Mrs. Robin", "Simon & Garf", "Mrs Robin", "Simon and Garf"),
        ('"Heroes"', "David B.", "\u201cHeroes\u201d", "David B"),
        ("Night Train", "The Keelers", "Night Train", "Keelers, The"),
        ("Night Train", "The Keelers", "Night Train (feat. Nora)", "Keelers"),
        ("Łaskowy Maj", "Łąka", "Laskowy Maj", "Laka"),
    ],
)
def test_suggest_takes_another_spelling_for_the_song_on_the_list(
    title: str, artist: str, typed_title: str, typed_artist: str
) -> None:
    entry = make_entry(song=make_song(title=title, artist=artist))
    assert suggested(entry.jam, title=typed_title, artist=typed_artist) == Outcome.LISTED
    assert Song.objects.count() == 1


def test_suggest_keeps_songs_of_signs_and_digits_apart() -> None:
    jam = make_jam()
    for title, artist in [("???", "!!!"), ("!!!", "???"), ("7", "Band"), ("17", "Band"), ("+", "Eds"), ("÷", "Eds")]:
        assert suggested(jam, title=title, artist=artist) == Outcome.ADDED
