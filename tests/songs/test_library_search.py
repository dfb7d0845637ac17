"""What people type and the song they mean; this runs on SQLite and on PostgreSQL, and the answers are the same."""

import pytest
from django.db import transaction

from core.fulltext.index import MAX_CANDIDATES
from demo import content, scale
from songs.models import Song
from songs.selectors.search import filter_songs, find_songs
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
def test_find_songs_puts_the_song_that_is_meant_first(library, typed, meant):
    found = find_songs(typed, among=Song.objects.current())
    assert found[0].title == meant, [song.title for song in found[:5]]


def test_find_songs_finds_nothing_for_unknown_words(library):
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
def test_find_songs_takes_operators_for_text(library, typed):
    assert isinstance(find_songs(typed, among=Song.objects.current()), list)
    assert filter_songs(Song.objects.current(), typed).count() >= 0


def test_find_songs_takes_one_query_and_three_for_typos(library, django_assert_num_queries):
    with django_assert_num_queries(1):
        find_songs("love", among=Song.objects.current())
    with django_assert_num_queries(3):
        find_songs("hotel californa", among=Song.objects.current())


@pytest.mark.parametrize("typed", MEANT, ids=list(MEANT))
def test_filter_songs_returns_what_find_songs_does(library, typed):
    found = find_songs(typed, among=Song.objects.current())
    assert {song.pk for song in found} <= set(filter_songs(Song.objects.current(), typed).values_list("pk", flat=True))


@pytest.mark.parametrize("typed", ["", " ", "\u202e"])
def test_filter_songs_returns_all_songs_for_an_empty_search(library, typed):
    assert filter_songs(Song.objects.current(), typed).count() == Song.objects.current().count()


@pytest.mark.parametrize("typed", ["%", "xylophone zzz", "\U0001f600"])
def test_filter_songs_returns_none_for_what_is_nowhere(library, typed):
    assert filter_songs(Song.objects.current(), typed).count() == 0


def test_filter_songs_can_be_a_subquery(library):
    """Every page of a list but the first reads its rows by a subquery."""
    found = filter_songs(Song.objects.order_by("title", "artist", "pk"), "love")
    assert set(Song.objects.filter(pk__in=found.values("pk"))) == set(found)


def test_filter_songs_keeps_the_order_and_is_not_cut_short(library):
    found = filter_songs(Song.objects.order_by("-artist", "pk"), "song")
    assert found.count() > MAX_CANDIDATES
    assert list(found) == sorted(found, key=lambda song: song.artist, reverse=True)
