"""The song library in the admin: every host may add and change, what is in use stays."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse

from core.signals import list_changed
from songs.models import ChordState, Song
from tests.builders import make_entry, make_song, make_user
from tests.hosts import browser_of, make_host

pytestmark = pytest.mark.django_db

LIST, ADD = "admin:songs_song_changelist", "admin:songs_song_add"


@pytest.fixture
def host() -> User:
    return make_host()


def form(**changes: object) -> dict[str, object]:
    return {
        "title": "Valerie",
        "artist": "Amy Winehouse",
        "key": "",
        "tempo": "",
        "parts": "",
        "chord_url": "",
        **changes,
    }


def page(song: Song, name: str) -> str:
    return reverse(f"admin:songs_song_{name}", args=[song.pk])


def test_host_adds_a_song(host: User) -> None:
    assert browser_of(host).post(reverse(ADD), form()).status_code == 302
    assert list(Song.objects.values_list("title", "artist")) == [("Valerie", "Amy Winehouse")]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"),
        ({"tempo": "1000"}, "tempo"),
        ({"chord_url": "ftp://example.com/x"}, "chord_url"),
        ({"chord_url": "javascript:alert(1)"}, "chord_url"),
        ({"parts": "vocals, kazoo"}, "parts"),
    ],
)
def test_nonsense_is_a_form_error(changes: dict, field: str, host: User) -> None:
    response = browser_of(host).post(reverse(ADD), form(**changes))
    assert (response.status_code, list(response.context["adminform"].form.errors)) == (200, [field])
    assert Song.objects.count() == 0


def test_parts_are_typed_and_shown_in_words(host: User) -> None:
    browser_of(host).post(reverse(ADD), form(parts="Vocals, 2 guitar, keys?"))
    song = Song.objects.get()
    assert [(part["part"], part["count"], part["optional"]) for part in song.parts] == [
        ("vocals", 1, False),
        ("guitar", 2, False),
        ("keys", 1, True),
    ]
    assert 'value="vocals, 2 guitars, keys?"' in browser_of(host).get(page(song, "change")).text


def test_typing_error_in_the_parts_is_shown_as_it_was_typed(host: User) -> None:
    response = browser_of(host).post(reverse(ADD), form(parts="[vocals"))
    assert ('value="[vocals"' in response.text, "know the instrument" in response.text) == (True, True)


def test_same_song_in_other_spelling_is_a_form_error(host: User) -> None:
    make_song(title="Cafe", artist="Zoë")
    response = browser_of(host).post(reverse(ADD), form(title="CAFÉ ", artist="zoe"))
    assert (response.status_code, "already in the library" in response.text) == (200, True)


def test_new_chord_sheet_has_not_been_checked(host: User) -> None:
    song = make_song(chord_url="https://example.com/a", chord_state=ChordState.BROKEN)
    browser_of(host).post(page(song, "change"), form(chord_url="https://example.com/b"))
    song.refresh_from_db()
    assert (song.chord_url, song.chord_state) == ("https://example.com/b", ChordState.UNKNOWN)


def test_play_counts_are_not_typed_in(host: User) -> None:
    song = make_song()
    browser_of(host).post(page(song, "change"), form(times_played="99"))
    song.refresh_from_db()
    assert (song.title, song.times_played) == ("Valerie", 0)


@pytest.mark.parametrize("words", ["cafe ZOE", "Café"])
def test_search_ignores_case_and_accents(words: str, host: User) -> None:
    found = make_song(title="Café", artist="Zoë")
    make_song()
    response = browser_of(host).get(reverse(LIST), {"q": words})
    assert list(response.context["cl"].result_list) == [found]


def test_drop_down_leaves_out_what_is_archived(host: User) -> None:
    make_song(title="Old", archived=True)
    kept = make_song(title="Older")
    query = {"app_label": "jams", "model_name": "entry", "field_name": "song", "term": "old"}
    found = browser_of(host).get(reverse("admin:autocomplete"), query).json()["results"]
    assert found == [{"id": str(kept.pk), "text": str(kept)}]


def test_unused_song_can_be_deleted(host: User) -> None:
    browser_of(host).post(page(make_song(), "delete"), {"post": "yes"})
    assert Song.objects.count() == 0


def test_song_in_use_is_kept_and_the_page_says_why(host: User) -> None:
    song = make_entry().song
    response = browser_of(host).post(page(song, "delete"), {"post": "yes"})
    assert (response.status_code, "be deleted because" in response.text, "set list: 1" in response.text) == (
        200,
        True,
        True,
    )
    assert Song.objects.count() == 1


def test_songs_in_use_are_kept_by_the_bulk_action(host: User) -> None:
    song, unused = make_entry().song, make_song()
    selected = {"action": "delete_selected", "_selected_action": [song.pk, unused.pk], "post": "yes"}
    response = browser_of(host).post(reverse(LIST), selected)
    assert (response.status_code, "in use" in response.text, Song.objects.count()) == (200, True, 2)


def test_archiving_and_bringing_back_is_told_and_kept_in_the_history(
    host: User, django_capture_on_commit_callbacks
) -> None:
    song, client, told = make_song(), browser_of(host), []

    def listen(what: str, **kwargs: object) -> None:
        told.append(what)

    list_changed.connect(listen)
    for action, expected in (("archive", True), ("unarchive", False)):
        with django_capture_on_commit_callbacks(execute=True):
            client.post(reverse(LIST), {"action": action, "_selected_action": song.pk})
        song.refresh_from_db()
        assert song.archived is expected
    list_changed.disconnect(listen)
    assert told == ["songs", "songs"]
    assert "Brought back." in client.get(page(song, "history")).text


def test_song_links_to_its_page(host: User) -> None:
    song = make_song()
    shortcut = reverse("admin:view_on_site", args=[ContentType.objects.get_for_model(Song).pk, song.pk])
    client = browser_of(host)
    assert f'href="{shortcut}"' in client.get(page(song, "change")).text
    assert client.get(shortcut).headers["Location"].endswith(song.get_absolute_url())


@pytest.mark.parametrize("person", ["stranger", "nobody", "staff without rights"])
def test_nobody_else_changes_the_library(person: str) -> None:
    song = make_song()
    users: dict[str, Callable[[], User | None]] = {
        "stranger": make_user,
        "nobody": lambda: None,
        "staff without rights": lambda: make_user(is_staff=True),
    }
    user = users[person]()
    client = browser_of(user)
    answers = [client.post(reverse(ADD), form()), client.post(page(song, "change"), form())]
    answers += [client.post(page(song, "delete"), {"post": "yes"})]
    answers += [client.post(reverse(LIST), {"action": "archive", "_selected_action": song.pk})]
    assert {answer.status_code for answer in answers} == {403 if user and user.is_staff else 302}
    assert list(Song.objects.values_list("title", "archived")) == [(song.title, False)]


@pytest.mark.parametrize("number", [1, 30])
def test_list_costs_the_same_for_any_number_of_songs(number: int, host: User, django_assert_num_queries) -> None:
    for _each in range(number):
        make_song()
    client = browser_of(host)
    with django_assert_num_queries(7):
        response = client.get(reverse(LIST))
    assert len(response.context["cl"].result_list) == number
