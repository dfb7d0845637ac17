from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from jams.models import Entry, EntryStatus, JamStatus
from songs.models import Song
from tests.builders import make_entry, make_jam, make_song, make_venue

pytestmark = pytest.mark.django_db

PLAYED_AT = datetime(2026, 11, 20, 20, 30, tzinfo=UTC)


def titles(response) -> list[str]:
    return [song.title for song in response.context["page"].rows]


def make_played(song: Song, finished_at: datetime, **values) -> Entry:
    started_at = finished_at - timedelta(minutes=5)
    return make_entry(song=song, status=EntryStatus.PLAYED, started_at=started_at, finished_at=finished_at, **values)


@pytest.fixture
def valerie():
    return make_song(title="Valerie", artist="The Zutons", key="Eb", tempo=212, times_played=0)


@pytest.fixture
def library(valerie):
    make_song(title="Wave de Março", artist="Tom Jobim", times_played=3, last_played_at=PLAYED_AT)
    make_song(title="Zombie", artist="Cranberries", times_played=7, last_played_at=PLAYED_AT)


# -- The library ------------------------------------------------------------------------------------------


def test_song_list_shows_title_artist_key_and_tempo(client, valerie):
    page = client.get("/songs/").content.decode()
    told = ["Valerie", "The Zutons", "Eb", "212", f'href="/songs/{valerie.pk}/"']
    assert [word for word in told if word not in page] == []


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("valerie", ["Valerie"]),
        ("WAVE marco", ["Wave de Março"]),
        ("zombie cranberries", ["Zombie"]),
        ("zombie zutons", []),
        ("%", []),
    ],
)
def test_song_list_finds_every_word_of_a_search(client, library, words, found):
    assert sorted(titles(client.get("/songs/", {"q": words}))) == found


def test_song_list_keeps_the_words_of_a_search_without_results(client, library):
    page = client.get("/songs/", {"q": '<b>"nothing"'}).content.decode()
    assert ("No songs match" in page, 'value="&lt;b&gt;&quot;nothing&quot;"' in page, "<b>" in page) == (
        True,
        True,
        False,
    )


def test_song_list_says_when_the_library_is_empty(client):
    assert "No songs yet." in client.get("/songs/").content.decode()


@pytest.mark.parametrize(
    ("order", "first"), [("", "Valerie"), ("title", "Valerie"), ("artist", "Zombie"), ("plays", "Zombie")]
)
def test_song_list_has_three_orders(client, library, order, first):
    assert titles(client.get("/songs/", {"order": order}))[0] == first


def test_song_list_orders_equal_titles_by_artist_then_age(client):
    second, first = make_song(title="Hurt", artist="NIN"), make_song(title="Hurt", artist="Cash")
    assert list(client.get("/songs/").context["page"].rows) == [first, second]


def test_song_list_keeps_the_order_on_the_next_page(client):
    for _ in range(25):
        make_song()
    page = client.get("/songs/?order=artist&q=song").content.decode()
    assert 'rel="next" href="?order=artist&amp;q=song&amp;page=2"' in page


@pytest.mark.parametrize(
    ("query", "status", "sentence"),
    [
        ("order=random", 400, "Sort songs by title, artist or plays."),
        ("q=" + "a" * 101, 400, "Searches can have up to 100 characters."),
        ("page=0", 400, "Page numbers start at 1."),
        ("page=7", 404, "There is no page 7."),
    ],
)
def test_song_list_answers_an_invalid_query_with_a_sentence(client, library, query, status, sentence):
    response = client.get(f"/songs/?{query}")
    assert (response.status_code, sentence in response.content.decode()) == (status, True)


def test_song_list_leaves_out_an_archived_song_which_keeps_its_page(client):
    song = make_song(archived=True)
    page = client.get(f"/songs/{song.pk}/").content.decode()
    assert (titles(client.get("/songs/")), ">archived<" in page) == ([], True)


@pytest.mark.parametrize("rows", [1, 30])
def test_song_list_takes_two_queries_for_a_search(client, django_assert_num_queries, rows):
    for _ in range(rows):
        make_song()
    with django_assert_num_queries(2):  # one finds out whether typos have to be forgiven
        client.get("/songs/?q=song")


# -- A song -----------------------------------------------------------------------------------------------


def test_song_page_shows_the_line_up(client):
    parts = [{"part": "guitar", "count": 2}, {"part": "keys", "optional": True}, {"part": "drums"}]
    response = client.get(f"/songs/{make_song(parts=parts).pk}/")
    page = response.content.decode()
    assert [word in page for word in ("2 guitars<", "keys (optional)<", "drums<")] == [True, True, True]


def test_song_page_shows_plays_newest_first(client, valerie):
    venue = make_venue(name="Harbour", time_zone="Pacific/Auckland")
    older = make_played(valerie, PLAYED_AT, jam=make_jam(venue=venue))
    newer = make_played(valerie, PLAYED_AT + timedelta(days=1))
    make_entry(song=valerie, status=EntryStatus.SKIPPED)
    response = client.get(f"/songs/{valerie.pk}/")
    assert list(response.context["history"]) == [newer, older]
    assert "Sat 21 Nov 2026, 09:30 NZDT" in response.content.decode()


def test_song_page_shows_the_last_twenty_plays(client, valerie):
    for day in range(21):
        make_played(valerie, PLAYED_AT + timedelta(days=day))
    assert len(client.get(f"/songs/{valerie.pk}/").context["history"]) == 20


def test_song_page_says_when_a_song_was_never_played(client, valerie):
    assert "Not played here yet." in client.get(f"/songs/{valerie.pk}/").content.decode()


def test_song_page_links_to_upcoming_jams(client, valerie):
    later = make_jam(starts_at=timezone.now() + timedelta(days=3), status=JamStatus.SCHEDULED)
    live, ended, over = make_jam(), make_jam(status=JamStatus.ENDED), make_jam(starts_at=PLAYED_AT)
    for jam in (later, live, ended, over):
        make_entry(song=valerie, jam=jam)
    make_played(valerie, timezone.now(), jam=make_jam())
    assert client.get(f"/songs/{valerie.pk}/").context["coming"] == [live, later]


@pytest.mark.parametrize("status", [EntryStatus.SUGGESTED, EntryStatus.HIDDEN, EntryStatus.SKIPPED])
def test_song_page_hides_jams_whose_public_list_lacks_it(client, valerie, status):
    make_entry(song=valerie, status=status)
    assert client.get(f"/songs/{valerie.pk}/").context["coming"] == []


@pytest.mark.parametrize("address", ["/songs/0/", "/songs/999999/", f"/songs/{10**30}/", "/songs/valerie/"])
def test_song_page_is_404_for_an_unknown_song(client, address):
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("rows", [1, 30])
def test_song_page_takes_three_queries(client, django_assert_num_queries, valerie, rows):
    for _ in range(rows):
        make_entry(song=valerie)
        make_played(valerie, PLAYED_AT)
    with django_assert_num_queries(3):
        client.get(f"/songs/{valerie.pk}/")


def test_song_pages_never_show_chord_sheets(client):
    song = make_song(chord_url="https://chords.example/library", chord_state="broken")
    make_entry(song=song, chord_url="https://chords.example/jam")
    make_played(song, PLAYED_AT, chord_url="https://chords.example/past")
    pages = [client.get(path).content.decode() for path in ("/songs/", f"/songs/{song.pk}/")]
    assert ["chords.example" in page or "broken" in page for page in pages] == [False, False]


def test_song_pages_escape_titles(client):
    song = make_song(title="<script>alert(1)</script>", artist="A & B")
    pages = [client.get(path).content.decode() for path in ("/songs/", f"/songs/{song.pk}/")]
    assert ["<script>alert" in page for page in pages] == [False, False]
