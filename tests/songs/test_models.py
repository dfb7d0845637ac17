"""What the database itself promises of songs."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils import timezone

from songs.models import Song
from songs.parts import validate_parts
from tests.builders import make_song

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("title", "artist"), [("valerie", "the zutons"), ("VALÉRIE ", " The  Zutons")])
def test_song_title_artist_once(title: str, artist: str) -> None:
    make_song(title="Valerie", artist="The Zutons")
    with pytest.raises(IntegrityError, match=r"song_title_artist_once|songs_song\.match_key"):
        make_song(title=title, artist=artist)


def test_same_title_by_another_artist_is_another_song() -> None:
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
def test_database_takes(values: dict[str, Any]) -> None:
    assert Song.objects.get(pk=make_song(**values).pk).tempo == values.get("tempo")


def test_current_leaves_out_what_is_archived() -> None:
    kept = make_song()
    make_song(archived=True)
    assert list(Song.objects.current()) == [kept]


@pytest.mark.parametrize(
    ("words", "number"), [("zoe CAFE", 1), ("caf", 1), ("cafe nobody", 0), ("", 2), ("50%", 0), ("_", 0)]
)
def test_matching_wants_every_word_somewhere(words: str, number: int) -> None:
    make_song(title="Café del Mar", artist="Zoë")
    make_song(title="Other", artist="Somebody")
    assert Song.objects.matching(words).count() == number


@pytest.mark.parametrize(
    "parts",
    [[], [{"part": "bass"}], [{"part": "guitar", "count": 2, "optional": True}, {"part": "other", "count": 9}]],
)
def test_parts_that_make_sense(parts: Any) -> None:
    assert validate_parts(parts) is None


@pytest.mark.parametrize(
    "parts",
    [
        None,
        {},
        "bass",
        ["bass"],
        [{"part": "kazoo"}],
        [{"count": 1}],
        [{"part": "bass", "count": 0}],
        [{"part": "bass", "count": 10}],
        [{"part": "bass", "count": True}],
        [{"part": "bass", "count": 1.5}],
        [{"part": "bass", "optional": 1}],
        [{"part": "bass", "loud": True}],
        [{"part": "bass"}, {"part": "bass"}],
        [{"part": ["bass"]}],
    ],
)
def test_parts_that_make_none_are_refused(parts: Any) -> None:
    with pytest.raises(ValidationError):
        validate_parts(parts)


LONG = "\ufdfa" * 200  # folds into 3,600 letters


def test_a_title_of_the_greatest_length_is_taken_whatever_it_folds_into() -> None:
    song = make_song(title=LONG, artist=LONG)
    song.refresh_from_db()
    assert (len(song.title), len(song.match_key)) == (200, 500)


def test_long_titles_are_told_apart_by_their_ends_and_found_in_any_case() -> None:
    song = make_song(title=LONG[1:] + "A", artist="Band")
    other = make_song(title=LONG[1:] + "B", artist="Band")
    assert [Song.objects.called(title=f" {found.title.lower()}", artist="BAND").get() for found in (song, other)] == [
        song,
        other,
    ]


def test_a_long_title_is_there_once() -> None:
    make_song(title=LONG, artist="Band")
    with pytest.raises(IntegrityError, match=r"song_title_artist_once|songs_song\.match_key"):
        make_song(title=LONG, artist="BAND")
