"""What the database itself promises of songs."""

from typing import Any

import pytest
from django.db import IntegrityError
from django.utils import timezone

from songs.models import Song
from tests.builders import make_song

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("title", "artist"), [("valerie", "the zutons"), ("VALÉRIE ", " The  Zutons")])
def test_song_title_artist_once(title: str, artist: str) -> None:
    make_song(title="Valerie", artist="The Zutons")
    with pytest.raises(IntegrityError, match=r"song_title_artist_once|songs_song\.match_key"):
        make_song(title=title, artist=artist)


def test_song_title_artist_once_allows_another_artist() -> None:
    make_song(title="Valerie", artist="The Zutons")
    make_song(title="Valerie", artist="Amy Winehouse")
    assert Song.objects.count() == 2


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("song_title_given", {"title": " "}),
        ("song_artist_given", {"artist": ""}),
        ("song_chord_state_known", {"chord_state": "fine"}),
        ("song_tempo_in_range", {"tempo": 19}),
        ("song_tempo_in_range", {"tempo": 401}),
        ("song_played_has_date", {"times_played": 1}),
    ],
)
def test_database_refuses(constraint: str, values: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        make_song(**values)


@pytest.mark.parametrize(
    "values",
    [
        {"tempo": 20},
        {"tempo": 400},
        {"tempo": None},
        {"times_played": 0, "last_played_at": None},
        {"times_played": 3, "last_played_at": timezone.now()},
    ],
)
def test_database_accepts(values: dict[str, Any]) -> None:
    assert Song.objects.get(pk=make_song(**values).pk).tempo == values.get("tempo")


def test_current_leaves_out_archived_songs() -> None:
    kept = make_song()
    make_song(archived=True)
    assert list(Song.objects.current()) == [kept]


LONG = "\ufdfa" * 200  # folds into 3,600 letters


def test_match_key_shortens_what_a_long_title_folds_into() -> None:
    song = make_song(title=LONG, artist=LONG)
    song.refresh_from_db()
    assert (len(song.title), len(song.match_key)) == (200, 500)


def test_called_tells_long_titles_apart_by_their_ends() -> None:
    song = make_song(title=LONG[1:] + "A", artist="Band")
    other = make_song(title=LONG[1:] + "B", artist="Band")
    assert [Song.objects.called(title=f" {found.title.lower()}", artist="BAND").get() for found in (song, other)] == [
        song,
        other,
    ]


def test_song_title_artist_once_for_a_long_title() -> None:
    make_song(title=LONG, artist="Band")
    with pytest.raises(IntegrityError, match=r"song_title_artist_once|songs_song\.match_key"):
        make_song(title=LONG, artist="BAND")
