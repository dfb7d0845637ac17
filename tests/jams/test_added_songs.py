"""Many songs at once: the service, its undo, and the pages for it."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.utils import timezone

from core.exceptions import ActionError, Conflict, Invalid, NotFound
from jams.models import EntryStatus, Event, Jam, JamStatus
from jams.services import added_songs
from jams.services.added_songs import add_songs
from jams.services.event_log import describe_event
from jams.services.undo import undo_event
from songs.models import Song
from songs.services.pasted_songs import read_pasted_songs
from tests.builders import make_entry, make_jam, make_performance, make_song, make_user, make_vote
from tests.hosts import browser_of, make_host

pytestmark = pytest.mark.django_db
NOW = timezone.now()
PAGE = "/host/friday/songs/"
FORTY = "\n".join(f"Song {number} - The Band" for number in range(40))


@pytest.fixture
def host() -> User:
    return make_host(username="hannah")


@pytest.fixture
def jam(host: User) -> Jam:
    return make_jam(slug="friday", hosts=(host,))


def add(jam: Jam, *, songs: tuple[Song, ...] = (), lines: str = "") -> Event | None:
    pasted = read_pasted_songs(lines).songs if lines else []
    return add_songs(jam=jam, songs=[song.pk for song in songs], pasted=pasted, user=jam.hosts.get(), now=NOW)


def titles(jam: Jam) -> set[str]:
    return {entry.song.title for entry in jam.entries.select_related("song")}


def test_songs_of_the_library_and_of_a_list_are_added_with_one_event(jam: Jam) -> None:
    there, new = make_entry(jam=jam).song, make_song(title="Creep", artist="Radiohead")
    event = add(jam, songs=(there, new), lines="Zombie - The Cranberries\nCreep - Radiohead")
    assert event is not None
    assert titles(jam) == {there.title, "Creep", "Zombie"}
    assert describe_event(event) == "hannah added songs to the set list: 2"
    assert add(jam, songs=(new,)) is None
    assert Event.objects.count() == 1


@pytest.mark.parametrize("status", [EntryStatus.HIDDEN, EntryStatus.SUGGESTED, EntryStatus.PLAYED])
def test_a_song_that_the_night_has_keeps_its_status(jam: Jam, status: EntryStatus) -> None:
    times: dict[str, Any] = {"started_at": NOW, "finished_at": NOW} if status == EntryStatus.PLAYED else {}
    entry = make_entry(jam=jam, status=status, **times)
    assert add(jam, songs=(entry.song,)) is None
    entry.refresh_from_db()
    assert entry.status == status


def test_what_can_not_be_added_is_refused_as_a_whole(jam: Jam, monkeypatch: pytest.MonkeyPatch) -> None:
    song, archived = make_song(), make_song(archived=True)
    ended = make_jam(hosts=(make_host(),), status=JamStatus.ENDED)
    monkeypatch.setattr(added_songs, "MAX_SONGS", 3)
    monkeypatch.setattr(added_songs, "MAX_SET_LIST", 2)
    cases: list[tuple[type[ActionError], Callable[[], Any]]] = [
        (NotFound, lambda: add(jam, songs=(song, archived))),
        (NotFound, lambda: add_songs(jam=jam, songs=[song.pk, 10**17], user=jam.hosts.get(), now=NOW)),
        (Invalid, lambda: add(jam, lines="A - A\nB - B\nC - C\nD - D")),
        (Conflict, lambda: add(jam, lines="A - A\nB - B\nC - C")),
        (Conflict, lambda: add(ended, songs=(song,))),
    ]
    for expected, attempt in cases:
        with pytest.raises(expected):
            attempt()
    assert (jam.entries.count(), Event.objects.count(), Song.objects.count()) == (0, 0, 2)


def undo(event: Event | None) -> Event:
    assert event is not None
    return undo_event(event=event, user=make_user(username="kim"), now=NOW)


def test_undo_removes_the_songs_and_what_was_new_in_the_library(jam: Jam) -> None:
    known = make_song(title="Creep", artist="Radiohead")
    kept = make_entry(jam=jam)
    event = add(jam, lines="Zombie - The Cranberries\nValerie - Amy Winehouse\nCreep - Radiohead")
    make_entry(song=Song.objects.get(title="Valerie"))
    undone = undo(event)
    assert list(jam.entries.all()) == [kept]
    assert {*Song.objects.values_list("title", flat=True)} >= {known.title, "Valerie", kept.song.title}
    assert not Song.objects.filter(title="Zombie").exists()
    assert describe_event(undone) == "kim undid “hannah added songs to the set list: 3”"


@pytest.mark.parametrize("change", ["vote", "performance", "status"])
def test_undo_is_refused_once_a_guest_or_host_used_a_song(jam: Jam, change: str) -> None:
    event = add(jam, lines="Zombie - The Cranberries\nValerie - Amy Winehouse")
    entry = jam.entries.select_related("jam", "song").earliest("pk")
    if change == "vote":
        make_vote(entry=entry)
    elif change == "performance":
        make_performance(entry=entry)
    else:
        entry.status = EntryStatus.HIDDEN
        entry.save()
    with pytest.raises(Conflict, match="later changes depend on it"):
        undo(event)
    assert jam.entries.count() == 2


def test_forty_pasted_songs_take_a_preview_and_a_tap(host: User, jam: Jam) -> None:
    make_song(title="Song 7", artist="The Band")
    browser = browser_of(host)
    preview = browser.post(f"{PAGE}paste/", {"lines": f"{FORTY}\nNonsense"})
    assert (jam.entries.count(), Song.objects.count()) == (0, 1)
    assert "Add 40 songs" in " ".join(preview.text.split())
    assert "Write a dash between title and artist." in preview.text
    added = browser.post(f"{PAGE}paste/", {"lines": preview.context["form"].data["lines"], "add": "yes"}, follow=True)
    assert (jam.entries.count(), Song.objects.count()) == (40, 40)
    assert "hannah added songs to the set list: 40" in added.text
    undo_address = added.text.partition('action="/host/friday/undo/')[2].partition('"')[0]
    undone = browser.post(f"/host/friday/undo/{undo_address}", {"back": "songs"})
    assert (undone["Location"], jam.entries.count(), Song.objects.count()) == (PAGE, 0, 1)


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("", "Paste one song per line"),
        ("x" * 60_001, "at most 60000 characters"),
        ("A - B\n" * 201, "Paste up to 200 lines at a time."),
        ("\n \n", "Paste one song per line"),
        ("\x00", "Null characters are not allowed."),
    ],
)
def test_a_bad_list_is_answered_beside_the_field(host: User, jam: Jam, lines: str, sentence: str) -> None:
    response = browser_of(host).post(f"{PAGE}paste/", {"lines": lines, "add": "yes"})
    assert (response.status_code, sentence in response.text) == (200, True)


def test_the_list_can_be_changed_after_the_preview(host: User, jam: Jam) -> None:
    response = browser_of(host).post(f"{PAGE}paste/", {"lines": "A - B", "change": "yes"})
    assert ("A - B</textarea>" in response.text, '<textarea name="lines" hidden' in response.text) == (True, False)


def test_songs_chosen_in_the_library_are_added(host: User, jam: Jam) -> None:
    songs = [make_song() for _number in range(3)]
    browser = browser_of(host)
    hint = "To take one off, tap Run,"
    assert hint not in browser.get(PAGE).text
    browser.post(PAGE, {"song": [song.pk for song in songs[:2]]})
    assert hint in browser.get(PAGE).text
    assert titles(jam) == {song.title for song in songs[:2]}
    again = browser.post(PAGE, {"song": [songs[0].pk]}, follow=True)
    assert "Nothing was added" in again.text
    assert [browser.post(PAGE, {"song": bad}).status_code for bad in ("x", "-1", "9" * 40, "9" * 18)] == [400] * 3 + [
        404
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "creep"}, ["Creep"]),
        ({"order": "title"}, ["Africa", "Creep", "Zombie"]),
        ({"order": "artist"}, ["Zombie", "Creep", "Africa"]),
        ({"page": "1"}, ["Africa", "Creep", "Zombie"]),
    ],
    ids=str,
)
def test_the_library_is_searched_and_sorted(host: User, jam: Jam, query: dict[str, str], found: list[str]) -> None:
    for title, artist in (("Creep", "Radiohead"), ("Zombie", "Cranberries"), ("Africa", "Toto")):
        make_song(title=title, artist=artist)
    page = browser_of(host).get(PAGE, query).text
    assert re.findall("Africa|Creep|Zombie", page) == found
    assert browser_of(host).get(PAGE, {"order": "nonsense"}).status_code == 400


def test_last_time_shows_what_was_played_at_the_venue(host: User, jam: Jam) -> None:
    before = make_jam(venue=jam.venue, starts_at=jam.starts_at - timedelta(days=7), status=JamStatus.ENDED)
    make_entry(jam=before, song=make_song(title="Creep"), status=EntryStatus.PLAYED, started_at=NOW, finished_at=NOW)
    make_entry(jam=before, song=make_song(title="Hidden one"), status=EntryStatus.HIDDEN)
    make_entry(jam=make_jam(), song=make_song(title="Elsewhere"))
    page = browser_of(host).get(f"{PAGE}last/").text
    assert [title in page for title in ("Creep", "Hidden one", "Elsewhere")] == [True, False, False]
    assert "checked" in page


def test_an_ended_night_offers_no_songs_to_add(host: User) -> None:
    make_jam(slug="friday", hosts=(host,), status=JamStatus.ENDED)
    browser = browser_of(host)
    assert "This jam has ended." in browser.get(PAGE).text
    assert browser.post(PAGE, {"song": make_song().pk}).status_code == 409


def test_who_may_not_add_songs_to_the_library_pastes_known_ones(jam: Jam) -> None:
    helper = make_user(is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename__in=["change_jam", "add_entry"]))
    jam.hosts.add(helper)
    browser = browser_of(helper)
    make_song(title="Creep", artist="Radiohead")
    sent = [{"lines": lines, "add": "yes"} for lines in ("Zombie - The Cranberries", "Creep - Radiohead")]
    refused, added = (browser.post(f"{PAGE}paste/", form) for form in sent)
    assert (refused.status_code, added.status_code) == (403, 303)
    assert "The Cranberries</textarea>" in refused.text  # the list is not lost
    assert titles(jam) == {"Creep"}


@pytest.mark.parametrize("rows", [1, 40])
def test_the_pages_of_songs_cost_the_same_for_many(
    host: User, jam: Jam, rows: int, django_assert_num_queries: Callable
) -> None:
    before = make_jam(venue=jam.venue, starts_at=jam.starts_at - timedelta(days=7))
    for _number in range(rows):
        make_entry(jam=before)
    browser = browser_of(host)
    for path, queries in ((PAGE, 8), (f"{PAGE}last/", 9), (f"{PAGE}paste/", 7)):
        with django_assert_num_queries(queries):
            assert browser.get(path).status_code == 200


@pytest.mark.parametrize("rows", [1, 40])
def test_adding_many_songs_costs_the_same(jam: Jam, rows: int, django_assert_num_queries: Callable) -> None:
    songs = tuple(make_song() for _number in range(rows))
    host = jam.hosts.get()
    with django_assert_num_queries(10):
        add_songs(jam=jam, songs=[song.pk for song in songs], user=host, now=NOW)
    assert jam.entries.count() == rows
