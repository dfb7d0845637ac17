from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.fulltext.ranking import TYPO, find_similar_words, mark_matches, score_word, split_in_two, split_query
from jams.models import EntryStatus, JamStatus, SignUps
from search.selectors.site_search import SearchQuery, search_site
from songs.parts import Part
from tests.builders import make_entry, make_jam, make_performance, make_song, make_venue

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


def names(hits):
    return ["".join(piece for piece, _ in hit.name) for hit in hits]


def test_search_site_finds_songs_jams_and_venues(now):
    make_song(title="Attic Blues")
    make_jam(name="Attic Friday", venue=make_venue(name="The Attic", address="Hill 1"))
    found = search_site(SearchQuery("attic"), now=now)
    assert [names(hits) for hits in (found.songs, found.jams, found.venues)] == [
        ["Attic Blues"],
        ["Attic Friday"],
        ["The Attic"],
    ]
    assert (len(found), len(search_site(SearchQuery(""), now=now)), len(search_site(SearchQuery("!"), now=now))) == (
        3,
        0,
        0,
    )


def test_search_site_finds_jams_by_venue_and_address(now):
    venue = make_venue(name="The Attic", address="Hill 1, Porto")
    make_jam(name="Friday", venue=venue)
    make_jam(name="Attic Night", venue=make_venue(name="Cellar"))
    jams = {
        typed: names(search_site(SearchQuery(typed), now=now).jams)
        for typed in ("attic", "friday attik", "porto", "celar")
    }
    assert jams == {
        "attic": ["Attic Night", "Friday"],
        "friday attik": ["Friday"],
        "porto": ["Friday"],
        "celar": ["Attic Night"],
    }


def test_search_site_finds_jams_by_the_new_name_of_their_venue(now):
    venue = make_venue(name="The Attic")
    make_jam(name="Friday", venue=venue)
    venue.name = "The Loft"
    venue.save()
    assert [names(search_site(SearchQuery(typed), now=now).jams) for typed in ("attic", "loft")] == [[], ["Friday"]]


def test_search_site_leaves_out_archived_rows(now):
    make_song(title="Attic", archived=True)
    make_venue(name="Attic", archived=True)
    assert len(search_site(SearchQuery("attic"), now=now)) == 0


def test_search_site_filters_jams_by_date(now):
    for name, days, status in [("Jam A", -9, JamStatus.ENDED), ("Jam B", 3, "scheduled"), ("Jam C", 30, "scheduled")]:
        make_jam(name=name, starts_at=now + timedelta(days=days), status=status)
    jams = {
        when: sorted(names(search_site(SearchQuery("jam", when=when), now=now).jams)) for when in ("", "coming", "near")
    }
    assert jams == {"": ["Jam A", "Jam B", "Jam C"], "coming": ["Jam B", "Jam C"], "near": ["Jam B"]}


@pytest.mark.parametrize(
    ("case", "found"),
    [
        ({}, ["Blues"]),
        ({"part": Part.BASS}, []),
        ({"status": EntryStatus.SKIPPED}, []),
        ({"sign_ups": SignUps.CLOSED}, []),
        ({"jam_status": JamStatus.ENDED}, []),
    ],
    ids=["free", "taken", "not in the queue", "closed", "over"],
)
def test_search_site_filters_songs_by_free_parts(now, case, found):
    make_song(title="Blues on no list", parts=[{"part": "bass"}])
    jam = make_jam(sign_ups=case.get("sign_ups", SignUps.OPEN), status=case.get("jam_status", JamStatus.LIVE))
    song = make_song(title="Blues", parts=[{"part": "bass"}])
    entry = make_entry(jam=jam, song=song, status=case.get("status", EntryStatus.QUEUED))
    if "part" in case:
        make_performance(entry=entry, part=case["part"])
    assert names(search_site(SearchQuery("blues", parts="free"), now=now).songs) == found


@pytest.mark.parametrize(("better", "found"), [(49, ["Blues"]), (50, [])])
def test_search_site_looks_for_free_parts_in_the_first_fifty_songs(now, better, found):
    song = make_song(title="Blues", parts=[{"part": "bass"}])
    make_entry(song=song)
    for _ in range(better):
        make_song(title="Blues", times_played=5, last_played_at=now)
    assert names(search_site(SearchQuery("blues", parts="free"), now=now).songs) == found


@pytest.mark.parametrize("rows", [1, 30])
def test_search_site_takes_the_same_queries_for_any_number_of_results(now, django_assert_num_queries, rows):
    for number in range(rows):
        venue = make_venue(name=f"Blues {number}")
        make_performance(entry=make_entry(jam=make_jam(name="Blues", venue=venue), song=make_song(title="Blues")))
    with django_assert_num_queries(5):
        found = search_site(SearchQuery("blues", parts="free", when="coming"), now=now)
    assert len(found.venues) == min(rows, 12)


def test_mark_matches_marks_the_query_and_keeps_all_text():
    pieces = mark_matches("Déjà Vu (Live)", split_query("deja liv"))
    assert [piece for piece, hit in pieces if hit] == ["Déjà", "(Live)"]
    assert "".join(piece for piece, _ in pieces) == "Déjà Vu (Live)"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("lvoe", ["love"]),
        ("hove", ["love"]),
        ("lov", []),
        ("clifornia", ["california"]),
        ("califronia", ["california"]),
        ("califron", ["california"]),
        ("hotel", []),
    ],
    ids=["swapped", "first letter", "too short", "left out", "swapped far on", "begun and mistyped", "right"],
)
def test_match_accepts_words_within_the_allowed_typos(typed, meant):
    assert find_similar_words(typed, ["california", "hotel", "hotels", "love", "lovely"]) == meant


def test_match_accepts_two_words_run_together():
    assert (split_in_two("acdc"), split_in_two("abc"), split_in_two(31 * "a")) == (["ac dc"], [], [])


def test_mark_matches_marks_the_word_meant_by_a_typo():
    assert [piece for piece, hit in mark_matches("Hotel California", split_query("hotel californa")) if hit] == [
        "Hotel",
        "California",
    ]


@pytest.mark.parametrize(
    ("one", "other", "typos"),
    [
        ("guitra", "guitar", 1),
        ("guiter", "guitar", 1),
        ("guittar", "guitar", 1),
        ("xuitar", "guitar", 1),
        ("giutra", "guitar", 2),
        ("gguittar", "guitar", 2),
    ],
    ids=["swapped", "wrong", "too many", "first letter", "swapped twice", "two too many"],
)
def test_distance_counts_typos(one, other, typos):
    expected: Any = pytest.approx(TYPO - 0.05 * typos)
    assert (score_word(one, other), score_word(other, one)) == (expected, expected)


@pytest.mark.parametrize(
    ("one", "other"),
    [("giutrx", "guitar"), ("lov", "live"), ("caline", "abcline")],
    ids=["three", "too short for one", "a letter between two that are swapped"],
)
def test_match_refuses_a_word_with_too_many_typos(one, other):
    assert (score_word(one, other), score_word(other, one)) == (0.0, 0.0)
