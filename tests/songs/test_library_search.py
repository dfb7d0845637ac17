"""What people type and the song they mean; this runs on SQLite and on PostgreSQL, and the answers are the same."""

import pytest
from django.db import transaction

from demo import content, scale
from songs.models import Song
from songs.selectors.search import find_songs
from tests.songs.table import FAMOUS, MEANT

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def library(django_db_setup, django_db_blocker):
    """The demo's songs, famous ones, and a crowd of others; popular ones among them."""
    with django_db_blocker.unblock(), transaction.atomic():
        crowd = [
            Song(title=title, artist=f"The {title.split()[0]}s", times_played=9, last_played_at="2025-01-01T00:00Z")
            for title in scale._generate_names(600, scale.ADJECTIVES, scale.NOUNS, ["Song", "Love"])
        ]
        famous = [Song(title=title, artist=artist) for title, artist in FAMOUS]
        Song.objects.bulk_create([*content.build_songs(), *famous, *crowd])
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize(("typed", "meant"), MEANT.items(), ids=list(MEANT))
def test_the_first_song_found_is_the_one_that_is_meant(library, typed, meant):
    found = find_songs(typed, among=Song.objects.current())
    assert found[0].title == meant, [song.title for song in found[:5]]


def test_words_that_are_nowhere_find_nothing(library):
    assert find_songs("xylophone zzz", among=Song.objects.current()) == []


OPERATORS = [
    "",
    " ",
    "'",
    '"',
    "&",
    "!",
    "*",
    "\\",
    "<->",
    "a & b | !c",
    '" OR 1=1 --',
    "(",
    "love*",
    "^love",
    "-love",
    "%",
]
WORSE = ["title:love", "NEAR(love one)", "\x00", "a\x00b", "\ud800", "'':*", "love':*&'x", "\u202e", "_", "\U0001f600"]


@pytest.mark.parametrize("typed", [*OPERATORS, *WORSE, 10_000 * "a", 5_000 * "a "], ids=lambda typed: ascii(typed[:20]))
def test_operators_are_only_letters_and_break_nothing(library, typed):
    assert isinstance(find_songs(typed, among=Song.objects.current()), list)


def test_a_search_costs_one_query_and_a_mistyped_one_three(library, django_assert_num_queries):
    with django_assert_num_queries(1):
        find_songs("love", among=Song.objects.current())
    with django_assert_num_queries(3):
        find_songs("hotel californa", among=Song.objects.current())
