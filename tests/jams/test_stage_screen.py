"""The stage screen, short addresses, and the address that other people's phones are told."""

import re
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client, RequestFactory
from django.utils import timezone

from core.http import base_url
from core.short_codes import CODE_LENGTH
from core.unique_values import ALPHABET
from jams.models import EntryStatus, Jam, JamStatus, SignUps, Suggestions, Voting
from jams.public_urls import build_jam_url, build_short_url
from tests.builders import make_entry, make_jam, make_performance, make_song, make_vote

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def a_night() -> Any:
    jam = make_jam(slug="friday", code="abcde")
    playing = make_entry(jam=jam, song=make_song(title="Creep", key="G"), status=EntryStatus.PLAYING, started_at=NOW)
    make_performance(entry=playing)
    for title in ("Apple", "Banana", "Cherry"):
        make_entry(jam=jam, song=make_song(title=title))
    make_entry(jam=jam, song=make_song(title="Secret", chord_url="https://chords.example/"), status="suggested")
    return jam


def test_stage_screen_shows_now_and_the_next_two(client: Client) -> None:
    a_night()
    page = client.get("/jams/friday/stage/live/").text
    assert [title in page for title in ("Creep", "key of G", "Apple", "Banana", "Cherry", "Secret")] == [
        True, True, True, True, False, False,
    ]  # fmt: skip


def test_stage_screen_follows_the_votes(client: Client) -> None:
    jam = a_night()
    make_vote(entry=jam.entries.get(song__title="Cherry"))
    page = client.get("/jams/friday/stage/live/").text
    assert [title in page for title in ("Cherry", "Apple", "Banana")] == [True, True, False]


def test_stage_screen_sets_no_cookie(client: Client) -> None:
    a_night()
    response = client.get("/jams/friday/stage/")
    assert not response.cookies
    assert [word in response.text for word in ("<form", "<button", "csrf", "chords.example", "/host/")] == [False] * 5


def test_stage_screen_takes_no_query_while_nothing_changes(client: Client, django_assert_num_queries: Any) -> None:
    a_night()
    with django_assert_num_queries(3):
        client.get("/jams/friday/stage/")
    with django_assert_num_queries(0):
        client.get("/jams/friday/stage/live/")


def test_stage_screen_shows_the_end(client: Client) -> None:
    make_jam(slug="friday", status=JamStatus.ENDED)
    assert "Thanks for the music!" in client.get("/jams/friday/stage/").text


@pytest.mark.parametrize(
    ("settings_of_jam", "notice"),
    [
        ({}, ""),
        ({"sign_ups": SignUps.CLOSED}, "Sign-ups are closed."),
        (
            {"sign_ups": SignUps.CLOSED, "suggestions": Suggestions.OFF},
            "Last call: sign-ups and suggestions are closed.",
        ),
    ],
)
def test_stage_screen_looks_for_players_while_they_can_sign_up(
    client: Client, settings_of_jam: dict[str, Any], notice: str
) -> None:
    jam = make_jam(slug="friday", **settings_of_jam)
    make_entry(jam=jam, song=make_song(parts=[{"part": "bass"}]))
    page = client.get("/jams/friday/stage/live/").text
    assert ("Looking for: bass" in page) is not bool(notice)
    assert re.findall(r'stage-notice">\s*(.+?)\s*</p>', page) == ([notice] if notice else [])


@pytest.mark.parametrize(
    ("settings_of_jam", "invitation"),
    [
        ({}, "Vote and play"),
        ({"sign_ups": SignUps.CLOSED}, "Vote"),
        ({"voting": Voting.CLOSED}, "Play along"),
        ({"voting": Voting.CLOSED, "sign_ups": SignUps.CLOSED}, "Follow along"),
    ],
)
@pytest.mark.parametrize("path", ["stage/", "stage/live/"])
def test_stage_screen_invites_to_what_is_possible(
    client: Client, path: str, settings_of_jam: dict[str, Any], invitation: str
) -> None:
    make_jam(slug="friday", **settings_of_jam)
    page = client.get(f"/jams/friday/{path}").text
    assert re.findall(r'id="stage-call".*>\s*(.+?)\s*</p>', page) == [invitation]


@pytest.mark.parametrize(
    ("settings_of_jam", "words"),
    [
        ({}, "Stage is open"),
        ({"status": JamStatus.PAUSED}, "Back in a moment"),
        ({"sign_ups": SignUps.CLOSED}, "The next song is coming up"),
    ],
)
def test_stage_screen_without_a_song_says_what_comes(
    client: Client, settings_of_jam: dict[str, Any], words: str
) -> None:
    make_jam(slug="friday", **settings_of_jam)
    assert words in client.get("/jams/friday/stage/live/").text


@pytest.mark.parametrize("path", ["stage/", "stage/live/"])
def test_stage_screen_of_an_unknown_jam_is_not_found(client: Client, path: str) -> None:
    assert client.get(f"/jams/nowhere/{path}").status_code == 404


@pytest.mark.parametrize("code", ["abcde", "ABCDE"])
def test_short_url_redirects_to_the_jam(client: Client, code: str) -> None:
    make_jam(slug="friday", code="abcde")
    response = client.get(f"/j/{code}/")
    assert (response.status_code, response["Location"]) == (302, "/jams/friday/")


def test_short_url_with_an_unknown_code_is_not_found(client: Client) -> None:
    assert client.get("/j/nowhere/").status_code == 404


def test_short_code_is_unique_per_jam() -> None:
    code, jam = make_jam().code, make_jam()
    assert (len(code), set(code) <= set(ALPHABET)) == (CODE_LENGTH, True)
    with pytest.raises(IntegrityError):
        Jam.objects.filter(pk=jam.pk).update(code=code)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("jam.example", "http://jam.example/jams/friday/"),
        ("jam.example:8000", "http://jam.example:8000/jams/friday/"),
        ("localhost:8000", "http://192.0.2.9:8000/jams/friday/"),
        ("127.0.0.1:8000", "http://192.0.2.9:8000/jams/friday/"),
        ("[::1]:8000", "http://192.0.2.9:8000/jams/friday/"),
        ("localhost", "http://192.0.2.9/jams/friday/"),
    ],
)
def test_base_url_is_reachable_for_phones(
    host: str, address: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    monkeypatch.setattr(base_url, "find_lan_address", lambda: "192.0.2.9")
    assert build_jam_url(RequestFactory().get("/", headers={"host": host}), make_jam(slug="friday")) == address


def test_base_url_without_a_network_is_the_requested_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base_url, "find_lan_address", lambda: None)
    request = RequestFactory().get("/", headers={"host": "127.0.0.1:8000"})
    assert build_jam_url(request, make_jam(slug="friday")) == "http://127.0.0.1:8000/jams/friday/"


def test_base_url_setting_comes_first(settings: Any) -> None:
    settings.BASE_URL = "https://jam.example"
    request = RequestFactory().get("/", headers={"host": "127.0.0.1:8000"})
    jam = make_jam(slug="friday", code="abcde")
    assert build_jam_url(request, jam) == "https://jam.example/jams/friday/"
    assert build_short_url(request, jam) == "jam.example/j/abcde"


def test_base_url_behind_a_proxy_has_the_visitors_scheme(settings: Any) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.ALLOWED_HOSTS = ["jam.example"]
    request = RequestFactory().get("/", headers={"host": "jam.example", "x-forwarded-proto": "https"})
    assert build_jam_url(request, make_jam(slug="friday")) == "https://jam.example/jams/friday/"


def test_share_dialog_shows_link_and_short_url(client: Client, settings: Any) -> None:
    settings.BASE_URL = "https://jam.example"
    jam = make_jam(slug="friday", code="abcde")
    page = client.get(jam.get_absolute_url()).text
    assert 'value="https://jam.example/jams/friday/"' in page
    assert "jam.example/j/abcde" in page
