"""Which songs of the library may be one."""

import pytest
from django.utils import timezone

from songs.selectors.twins import MAX_PAIRS, list_likely_twins
from tests.builders import make_song

pytestmark = pytest.mark.django_db

ALIKE = [
    (("Valerie", "The Zutons"), ("Valerie (Live)", "Zutons, The")),
    (("Heroes", "David B."), ("Heroes - 2017 Remaster", "David B.")),
    (("Purple Rain", "Prince"), ("Purple Rain [Radio Edit]", "Prince")),
    (("Prince", "Purple Rain"), ("Purple Rain", "Prince")),
    (("Don't Look Back", "Oasis"), ("Dont Lok Back", "Oasis")),
    (("Night Train", "The Keelers"), ("Night Train", "The Keeler")),
    (("Night Train", "Keelers"), ("Night Tarin", "Keelers")),
    (("Łaskowy", "Łąka Band"), ("Laskovy", "Laka Band")),
]
TWO = [
    (("???", "!!!"), ("!!!", "Band")),
    (("7", "Band"), ("17", "Band")),
    (("Symphony No 5", "Band"), ("Symphony No 6", "Band")),
    (("+", "Eds"), ("÷", "Eds")),
    (("Help", "Band"), ("Hell", "Band")),
    (("Night Train", "The Keelers"), ("Night Train", "Oscar P.")),
    (("(Intro)", "Band"), ("(Outro)", "Band")),
]


def pairs() -> list[set[str]]:
    return [{pair.keep.title, pair.twin.title} for pair in list_likely_twins()]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_songs_that_are_alike_are_twins(one: tuple[str, str], other: tuple[str, str]) -> None:
    made = {make_song(title=title, artist=artist).pk for title, artist in (one, other)}
    make_song()
    assert [{pair.keep.pk, pair.twin.pk} for pair in list_likely_twins()] == [made]


def test_songs_that_are_two_are_no_twins() -> None:
    for number, pair in enumerate(TWO):
        for title, artist in pair:
            make_song(title=title, artist=f"{artist} {number}" if artist.isalpha() else artist)
    assert pairs() == []


def test_song_that_was_played_more_often_stays_and_archived_ones_are_left_out() -> None:
    make_song(title="Valerie", artist="Zutons")
    often = make_song(title="Valerie (Live)", artist="Zutons", times_played=2, last_played_at=timezone.now())
    make_song(title="Valerie (Demo)", artist="Zutons", archived=True)
    assert [pair.keep for pair in list_likely_twins()] == [often]


def test_number_of_pairs_and_of_queries_is_limited(django_assert_num_queries) -> None:
    for number in range(MAX_PAIRS + 20):
        make_song(title=f"Song ({number})", artist="Band")
    with django_assert_num_queries(2):
        assert len(list_likely_twins()) == MAX_PAIRS
