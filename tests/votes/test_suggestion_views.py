import re
from typing import Any

import pytest
from django.test import Client

from jams.models import Attendee, Entry, EntryStatus, JamStatus, Performance, Suggestions
from songs.models import Song
from tests.builders import make_entry, make_jam, make_song
from tests.people import HTMX, Browser
from votes.models import Vote

pytestmark = pytest.mark.django_db
NEW = {"title": "Valerie", "artist": "The Zutons"}


def titles(html: str) -> list[str]:
    return re.findall(r'<bdi class="song-title">([^<]+)<', html)


def test_search_finds_songs_while_typing() -> None:
    make_song(title="Déjà Vu", artist="Beyoncé")
    make_song(title="Halo", artist="Beyoncé")
    make_song(title="Halo", artist="Someone else", archived=True)
    browser = Browser(make_jam())
    ask = {**HTMX, "HX-Target": "found"}
    found = [
        browser.get(f"suggest/?q={words}", headers=ask).content.decode() for words in ("BEYONCE", "deja", "halo", "")
    ]
    assert [titles(html) for html in found] == [["Halo", "Déjà Vu"], ["Déjà Vu"], ["Halo"], []]
    assert "<html" not in found[0]


@pytest.mark.parametrize("songs", [1, 30])
def test_search_is_bounded_in_results_and_queries(songs: int, django_assert_num_queries: Any) -> None:
    for _ in range(songs):
        make_song(title="Love")
    browser = Browser(make_jam())
    with django_assert_num_queries(4):  # the jam, who I am, the songs, which of them are on the list
        html = browser.get("suggest/?q=love", headers={**HTMX, "HX-Target": "found"}).content.decode()
    assert len(titles(html)) == min(songs, 8)


def test_search_offers_a_vote_for_a_listed_song() -> None:
    entry = make_entry(song=make_song(title="Halo"))
    browser = Browser(entry.jam)
    assert "In the queue \N{EN DASH} vote" in browser.get("suggest/?q=halo").content.decode()
    answer = browser.say("suggest/", song=entry.song_id)
    assert "Halo was already in the queue. Your vote counts." in answer
    assert re.search(
        rf'hx-swap-oob="beforeend:#new-hearts"><button id="heart-{entry.pk}"[^>]*aria-pressed="true"', answer
    )
    assert f'href="#entry-{entry.pk}"' in answer
    assert (entry.votes.count(), Entry.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("switch", "status", "sentence"),
    [
        (Suggestions.EVERYONE, "queued", "Valerie is now in the queue."),
        (Suggestions.APPROVAL, "suggested", "Valerie has been sent to the host for approval."),
    ],
)
def test_suggest_adds_a_new_song_of_a_listener(switch: str, status: str, sentence: str) -> None:
    browser = Browser(make_jam(suggestions=switch))
    answer = browser.post("suggest/", htmx=True, **NEW)
    assert (answer.status_code, answer["HX-Trigger"]) == (200, "jam:close")
    assert sentence in answer.content.decode()
    assert [entry.status for entry in Entry.objects.all()] == [status]
    assert ("Valerie" in browser.get("board/").content.decode()) is (status == "queued")


def test_suggest_signs_a_musician_up() -> None:
    song = make_song()
    browser = Browser(make_jam(), name="Dana")
    form = browser.get(f"suggest/?song={song.pk}").content.decode()
    assert 'name="part" value="bass"' in form
    assert browser.post("suggest/", song=song.pk, part="bass").status_code == 303
    assert list(Performance.objects.values_list("entry__song", "attendee__name", "part")) == [(song.pk, "Dana", "bass")]


@pytest.mark.parametrize(
    ("jam", "who", "data", "status"),
    [
        ({"suggestions": Suggestions.OFF}, "musician", NEW, 409),
        ({"suggestions": Suggestions.MUSICIANS}, "stranger", NEW, 403),
        ({"suggestions": Suggestions.MUSICIANS}, "listener", NEW, 403),
        ({"suggestions": Suggestions.MUSICIANS}, "musician of another jam", NEW, 403),
        ({"status": JamStatus.ENDED}, "listener", NEW, 409),
        ({}, "listener", {**NEW, "part": "bass"}, 403),
        ({}, "listener", {"title": "Valerie"}, 400),
        ({}, "listener", {"song": "x"}, 400),
        ({}, "listener", {"song": "²"}, 400),
        ({}, "listener", {"song": "9" * 30}, 400),
        ({}, "listener", {"song": "987654321"}, 404),
    ],
)
def test_suggest_refused_changes_nothing(jam: dict[str, str], who: str, data: dict[str, str], status: int) -> None:
    at = make_jam()
    browser = Browser(at, name="Dana" if who == "musician" else "")
    if who == "musician of another jam":
        browser.at(make_jam(), name="Eve")
    for name, value in jam.items():
        setattr(at, name, value)
    at.save()
    client = Client() if who == "stranger" else browser.client
    people = Attendee.objects.count()
    response = client.post(f"{at.get_absolute_url()}suggest/", data, headers=HTMX)
    assert response.status_code == status
    assert Song.objects.count() + Entry.objects.count() + Vote.objects.count() + Performance.objects.count() == 0
    assert Attendee.objects.count() == people


def test_search_shows_a_song_the_host_removed_as_unavailable() -> None:
    entry = make_entry(song=make_song(title="Halo"), status=EntryStatus.HIDDEN)
    browser = Browser(entry.jam)
    assert "not tonight" in browser.get("suggest/?q=halo").content.decode()
    assert browser.post("suggest/", htmx=True, song=entry.song_id).status_code == 409


def test_suggest_needs_the_csrf_token() -> None:
    jam = make_jam()
    strict = Client(enforce_csrf_checks=True)
    strict.get(jam.get_absolute_url())
    assert strict.post(f"{jam.get_absolute_url()}suggest/", NEW).status_code == 403
    assert Song.objects.count() == 0


def test_suggest_steps_are_pages_without_javascript() -> None:
    song = make_song()
    browser = Browser(make_jam())
    for query in ("", "?q=song", "?new=1&q=song", f"?song={song.pk}"):
        page = browser.get(f"suggest/{query}").content.decode()
        assert (page.count("<h1"), page.count("</html>")) == (1, 1)
    assert Client().get("/jams/nowhere/suggest/").status_code == 404


def test_suggest_button_is_hidden_while_suggestions_are_off() -> None:
    jam = make_jam(suggestions=Suggestions.OFF)
    assert 'id="suggest"' not in Browser(jam).get("").content.decode()
