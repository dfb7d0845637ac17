import pytest
from django.db import connection

from core.fields import WordsField
from core.fulltext.migrations import FIND_SIMILAR_WORDS, FORCE_INDEX
from songs.models import Song
from songs.selectors.search import INDEX, find_songs
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
    """SQLite rebuilds a table for most changes, and the triggers of the old table are lost."""
    make_song(title="Purple Rain")
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER songs_song_words_put")
    make_song(title="Purple Haze")
    INDEX.repair(using="default")
    make_song(title="Purple Sky")
    assert sorted(titles("purple")) == ["Purple Haze", "Purple Rain", "Purple Sky"]


def plan(sql, params=None):
    with connection.cursor() as cursor:
        cursor.execute(("EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN ") + sql, params)
        return "\n".join(str(line) for line in cursor.fetchall())


def test_a_search_uses_its_indexes_at_scale(django_assert_num_queries):
    """EXPLAIN of the queries that a mistyped search makes, on 8,000 songs: no walk through the table."""
    songs = [Song(title=f"{number:05} things {number % 97}", artist=f"Band {number % 991}") for number in range(8_000)]
    Song.objects.bulk_create(songs, batch_size=1_000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with django_assert_num_queries(3) as queries:
        assert titles("porple rayn") == []
    exact, vocabulary, forgiving = (query["sql"] for query in queries.captured_queries)
    for sql in (exact, forgiving):
        told = plan(sql)
        assert "songs_song_words" in told
        assert "Seq Scan on songs_song" not in told
        assert "SCAN songs_song'" not in told
    assert plan_of_the(vocabulary) == "by its index"


def plan_of_the(vocabulary):
    """PostgreSQL's function is explained by what it does, under the setting that it does it with."""
    if connection.vendor == "sqlite":
        return "by its index" if "SCAN songs_song_vocabulary VIRTUAL TABLE INDEX" in plan(vocabulary) else "otherwise"
    with connection.cursor() as cursor:
        cursor.execute(FORCE_INDEX.replace("SET", "SET LOCAL"))
    told = plan(FIND_SIMILAR_WORDS.format(table="songs_song").replace("(asked)", "('{things}'::text[])"))
    return "by its index" if "Index Scan on songs_song_vocabulary_trigrams" in told else told


@pytest.mark.django_db(transaction=True)
def test_a_further_source_does_not_alter_the_column():
    """PostgreSQL would refuse: the column of the index is generated from it."""
    words = Song._meta.get_field("words")
    more = WordsField(of=(*words.of, "key"))
    more.set_attributes_from_name("words")
    with connection.schema_editor(collect_sql=True) as editor:
        editor.alter_field(Song, words, more)
    assert editor.collected_sql == []


def test_the_vocabulary_has_each_word_once_and_learns_new_ones():
    make_song(title="Purple Rain", artist="Prince")
    make_song(title="Purple Haze", artist="Jimi").delete()
    known = INDEX.read_vocabulary(["purble", "prinze"])
    assert (sorted(known).count("purple"), "prince" in known) == (1, True)
