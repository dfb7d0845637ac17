import pytest
from django.db import connection

from songs.models import Song
from songs.search import INDEX, find_songs
from tests.builders import make_song

pytestmark = pytest.mark.django_db


def titles(typed):
    return [song.title for song in find_songs(typed, among=Song.objects.current())]


def test_the_index_follows_every_way_into_the_table():
    song = make_song(title="Purple Rain", artist="Prince")
    Song.objects.bulk_create([Song(title="Purple Haze", artist="Jimi")])
    assert sorted(titles("purple")) == ["Purple Haze", "Purple Rain"]
    song.title = "Kiss"
    song.save()
    assert (titles("purple"), titles("prince kiss")) == (["Purple Haze"], ["Kiss"])
    Song.objects.filter(pk=song.pk).delete()
    assert (titles("kiss"), titles("kis")) == ([], [])


def test_only_what_is_asked_among_is_found():
    make_song(title="Purple Rain", archived=True)
    assert titles("purple") == []


def test_the_index_survives_a_table_that_is_made_anew():
    """SQLite makes a table anew for most changes, and its triggers go with the old one."""
    make_song(title="Purple Rain")
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER songs_song_words_put")
    make_song(title="Purple Haze")
    INDEX.mend(using="default")
    make_song(title="Purple Sky")
    assert sorted(titles("purple")) == ["Purple Haze", "Purple Rain", "Purple Sky"]


EXPLAINED = {"exact": "purple rain", "mistyped": "porple rayn"}


@pytest.mark.parametrize("typed", EXPLAINED.values(), ids=list(EXPLAINED))
def test_a_search_uses_its_index_at_scale(django_assert_num_queries, typed):
    """EXPLAIN of the queries that a search makes, on 20,000 songs: no walk through the table."""
    Song.objects.bulk_create(
        [Song(title=f"{number:05} things {number % 97}", artist=f"Band {number % 991}") for number in range(20_000)],
        batch_size=2_000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with django_assert_num_queries(2) as queries:
        assert titles(typed) == []
    for query in queries.captured_queries:
        with connection.cursor() as cursor:
            cursor.execute(("EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN ") + query["sql"])
            plan = "\n".join(str(line) for line in cursor.fetchall())
        assert "songs_song_words" in plan or "songs_song_trigrams" in plan
        assert "Seq Scan on songs_song" not in plan
        assert "SCAN songs_song'" not in plan
