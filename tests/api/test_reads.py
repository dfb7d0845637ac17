import gzip

import pytest
from django.utils.dateparse import parse_datetime

from core.caching.pages import CACHE_CONTROL
from jams.models import EntryStatus, JamStatus
from songs.parts import Part
from songs.shipped_instruments import SHIPPED
from tests.builders import (
    make_attendee,
    make_entry,
    make_jam,
    make_performance,
    make_song,
    make_venue,
    make_vote,
)

pytestmark = pytest.mark.django_db
START = parse_datetime("2025-03-07T19:00:00Z")
CHORDS = "https://chords.example/valerie"


def get(client, path, **query):
    return client.get(f"/api/v1/{path}", query).json()


def test_a_song_is_told_without_its_chord_sheet(client):
    song = make_song(title="Valerie", artist="Amy", key="Eb", tempo=106, parts=[{"part": "bass"}], chord_url=CHORDS)
    shown = {
        "id": song.pk,
        "title": "Valerie",
        "artist": "Amy",
        "key": "Eb",
        "tempo": 106,
        "times_played": 0,
        "url": f"/songs/{song.pk}/",
        "parts": [{"part": "bass", "instrument": "bass", "count": 1, "optional": False}],
        "last_played_at": None,
        "archived": False,
    }
    found = get(client, f"songs/{song.pk}")
    assert {name: found.get(name) for name in shown} == shown
    assert CHORDS not in str(found)


def test_songs_are_searched_and_ordered_and_come_in_pages(client):
    for title in ("Love B", "Love A", "Hate"):
        make_song(title=title)
    page = get(client, "songs", q="love", per_page=1)
    assert ([song["title"] for song in page["items"]], page["next"], page["previous"]) == (["Love A"], 2, None)
    page = get(client, "songs", q="love", per_page=1, page=2)
    assert ([song["title"] for song in page["items"]], page["next"], page["previous"]) == (["Love B"], None, 1)


def test_a_venue_is_told(client):
    make_venue(name="Attic", slug="attic", address="1 Road", time_zone="Europe/Berlin", description="Up there.")
    row = {"slug": "attic", "name": "Attic", "time_zone": "Europe/Berlin", "url": "/venues/attic/", "address": "1 Road"}
    assert get(client, "venues")["items"] == [row]
    details = dict.fromkeys(("backline", "colour", "house_rules", "how_to_sign_up", "picture"), "")
    assert get(client, "venues/attic") == {**row, **details, "description": "Up there.", "archived": False}


def test_jams_are_narrowed_by_venue_time_and_day(client):
    attic = make_venue(slug="attic", time_zone="Europe/Berlin")
    make_jam(slug="then", venue=attic, starts_at=START, status=JamStatus.ENDED)
    make_jam(slug="now", venue=attic)
    make_jam(slug="elsewhere")

    def slugs(**query):
        return [jam["slug"] for jam in get(client, "jams", **query)["items"]]

    assert sorted(slugs()) == ["elsewhere", "now", "then"]
    assert slugs(venue="attic", when="coming") == ["now"]
    assert slugs(when="past") == ["then"]
    assert (slugs(date="2025-03-07", venue="attic")[-1], slugs(date="0001-01-01")) == ("then", [])


def test_a_jam_is_told_with_its_queue_in_the_order_of_the_page(client):
    jam = make_jam(slug="friday")
    played = make_entry(jam=jam, status=EntryStatus.PLAYED, started_at=START, finished_at=START)
    liked, other = make_entry(jam=jam), make_entry(jam=jam)
    on_deck = make_entry(jam=jam, status=EntryStatus.ON_DECK, on_deck_at=START)
    make_entry(jam=jam, status=EntryStatus.HIDDEN)
    on_stage = make_entry(jam=jam, status=EntryStatus.PLAYING, started_at=START)
    make_vote(entry=liked)
    told = get(client, "jams/by-slug/friday")
    assert [(entry["id"], entry["place"], entry["votes"]) for entry in told["entries"]] == [
        (on_stage.pk, None, 0),
        (on_deck.pk, 1, 0),
        (liked.pk, 2, 1),
        (other.pk, 3, 0),
        (played.pk, None, 0),
    ]


def test_a_song_on_the_list_tells_who_plays_and_what_is_missing(client):
    jam = make_jam(slug="friday")
    song = make_song(parts=[{"part": "bass"}, {"part": "drums"}], chord_url=CHORDS)
    entry = make_entry(jam=jam, song=song, chord_url=CHORDS)
    make_performance(entry=entry, attendee=make_attendee(jam=jam, name="Dana"), part=Part.BASS)
    make_performance(entry=entry, attendee=make_attendee(jam=jam, name="Gone"), part=Part.DRUMS, no_show=True)
    [told] = get(client, "jams/by-slug/friday")["entries"]
    assert told == {
        "id": entry.pk,
        "song": {"id": song.pk, "title": song.title, "artist": song.artist, "key": "", "tempo": None},
        "status": "queued",
        "place": 1,
        "votes": 0,
        "performers": [{"name": "Dana", "part": "bass", "part_name": "bass", "instrument": "bass"}],
        "missing": ["drums"],
        "missing_instruments": ["drums"],
        "started_at": None,
        "finished_at": None,
    }


def test_what_a_song_lacks_is_told_as_parts_and_as_instruments(client):
    jam = make_jam(slug="friday")
    song = make_song(parts=[{"part": "electric-guitar", "count": 2}, {"part": "tenor-sax"}, {"part": "piano"}])
    entry = make_entry(jam=jam, song=song)
    make_performance(entry=entry, part="other", other_part="Klavier")
    [told] = get(client, "jams/by-slug/friday")["entries"]
    assert told["missing"] == ["guitar", "guitar", "other"]
    assert told["missing_instruments"] == ["electric-guitar", "electric-guitar", "tenor-sax"]
    assert told["performers"][0]["instrument"] == "piano"
    assert [need["part"] for need in get(client, f"songs/{song.pk}")["parts"]] == ["guitar", "other", "keys"]


@pytest.mark.parametrize(("language", "name"), [("en", "tenor sax"), ("de", "Tenorsax")])
def test_instruments_are_listed_in_the_readers_language(client, language, name):
    response = client.get("/api/v1/instruments", headers={"accept-language": language})
    rows = {row.pop("slug"): row for row in response.json()["items"]}
    assert rows["tenor-sax"] == {"name": name, "family": "sax", "transposition": "b-flat", "part": "other"}
    assert len(rows) == len(SHIPPED)


@pytest.mark.parametrize(
    ("path", "queries"), [("jams", 1), ("jams?venue=attic", 2), ("songs", 1), ("venues", 1), ("jams/by-slug/a", 3)]
)
@pytest.mark.parametrize("rows", [1, 30])
def test_a_read_costs_the_same_at_any_length_and_nothing_when_kept(
    client, django_assert_num_queries, path, queries, rows
):
    jam = make_jam(slug="a", venue=make_venue(slug="attic"))
    for _ in range(rows):
        make_performance(entry=make_entry(jam=jam))
        make_jam(venue=jam.venue)
    with django_assert_num_queries(queries):
        client.get(f"/api/v1/{path}")
    with django_assert_num_queries(0):
        assert client.get(f"/api/v1/{path}").status_code == 200


def test_a_kept_answer_goes_with_the_next_vote(client, django_capture_on_commit_callbacks):
    entry = make_entry(jam=make_jam(slug="friday"))
    before = get(client, "jams/by-slug/friday")["entries"][0]["votes"]
    with django_capture_on_commit_callbacks(execute=True):
        make_vote(entry=entry)
    assert (before, get(client, "jams/by-slug/friday")["entries"][0]["votes"]) == (0, 1)


def test_an_answer_that_is_known_already_is_not_sent_again(client):
    make_venue(slug="attic")
    first = client.get("/api/v1/venues/attic")
    again = client.get("/api/v1/venues/attic", headers={"If-None-Match": first["ETag"]})
    assert (first["Cache-Control"], again.status_code, again.content) == (CACHE_CONTROL, 304, b"")


def test_an_answer_is_compressed_for_who_takes_it_so(client):
    make_venue(slug="attic")
    plain = client.get("/api/v1/venues/attic")
    small = client.get("/api/v1/venues/attic", headers={"Accept-Encoding": "gzip"})
    assert (small["Content-Encoding"], gzip.decompress(small.content)) == ("gzip", plain.content)


def test_head_is_answered_as_get_is(client):
    assert client.head("/api/v1/songs").status_code == 200
