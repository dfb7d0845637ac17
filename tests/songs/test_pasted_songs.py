"""A pasted list of songs: what is read of a line, what the library has, what is refused."""

import pytest

from core.exceptions import Invalid
from songs.models import Song
from songs.services.pasted_songs import MAX_CHARACTERS, MAX_LINES, add_missing_songs, read_pasted_songs
from tests.builders import make_song

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "line",
    [
        "Valerie - Amy Winehouse", "Valerie \u2013 Amy Winehouse", "Valerie\tAmy Winehouse",
        "3. Valerie \u2014 Amy Winehouse",
        " * valerie  -  AMY WINEHOUSE ", "Valérie; Amy Winehouse", "12) Valerie - Amy Winehouse",
    ],
)  # fmt: skip
def test_a_line_is_matched_with_the_library(line: str) -> None:
    song = make_song(title="Valerie", artist="Amy Winehouse")
    found = read_pasted_songs(line)
    assert ([row.song for row in found.songs], found.problems) == ([song], [])


@pytest.mark.parametrize(
    ("line", "title", "artist"),
    [
        ("Stay - Far Away - Lisa Loeb", "Stay - Far Away", "Lisa Loeb"),
        ("99 Luftballons - Nena", "99 Luftballons", "Nena"),
        ("Twenty-One - The Jay-Walkers", "Twenty-One", "The Jay-Walkers"),
    ],
)
def test_the_last_dash_between_spaces_parts_title_and_artist(line: str, title: str, artist: str) -> None:
    (row,) = read_pasted_songs(line).songs
    assert (row.title, row.artist, row.song) == (title, artist, None)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Valerie", "Write a dash between title and artist."),
        ("Valerie -", "Write a dash between title and artist."),
        (f"{'x' * 201} - Somebody", "at most 200 characters"),
        ("Gone - Nobody", "This song is no longer in the library."),
    ],
)
def test_a_line_that_names_no_song_says_why(line: str, reason: str) -> None:
    make_song(title="Gone", artist="Nobody", archived=True)
    found = read_pasted_songs(f"\n{line}\nCreep - Radiohead\n")
    (problem,) = found.problems
    assert (problem.line, reason in problem.reason) == (2, True)
    assert [row.title for row in found.songs] == ["Creep"]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table_is_read_as_the_import_reads_it(separator: str) -> None:
    known = make_song(title="Creep", artist="Radiohead", key="G")
    rows = [("Titel", "Interpret", "Tonart"), ("Zombie", "The Cranberries", "Em"), ("creep", "RADIOHEAD", "A")]
    text = "\n".join(separator.join(row) for row in [*rows, ("Alone", "", ""), ("Valerie", "Amy", "a" * 40)])
    pasted = read_pasted_songs(f"Our songs\n{text}")
    assert [(row.line, row.title, row.song) for row in pasted.songs] == [(3, "Zombie", None), (4, "creep", known)]
    assert [fault.line for fault in pasted.problems] == [5, 6]
    add_missing_songs(pasted.songs)
    assert dict(Song.objects.values_list("title", "key")) == {"Creep": "G", "Zombie": "Em"}


def test_a_song_that_is_named_twice_counts_once() -> None:
    found = read_pasted_songs("Creep - Radiohead\ncreep - radiohead\nZombie - The Cranberries")
    assert ([row.title for row in found.songs], found.repeated) == (["Creep", "Zombie"], 1)


def test_a_song_that_is_named_by_both_names_it_was_merged_from_counts_once() -> None:
    kept = make_song(title="Valerie", artist="The Zutons")
    make_song(title="Valery", artist="The Zutons", archived=True, merged_into=kept)
    found = read_pasted_songs("Valery - The Zutons\nZombie - The Cranberries\nValerie - The Zutons")
    assert ([row.song for row in found.songs], found.repeated, found.problems) == ([kept, None], 1, [])


@pytest.mark.parametrize(
    "text",
    ["", " \n\t\n", "A - B\n" * (MAX_LINES + 1), "x" * (MAX_CHARACTERS + 1)],
    ids=["empty", "blank", "many", "long"],
)
def test_a_list_that_is_empty_or_too_long_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read_pasted_songs(text)


@pytest.mark.parametrize("rows", [1, MAX_LINES])
def test_a_long_list_costs_one_query(rows: int, django_assert_num_queries) -> None:
    text = "\n".join(f"Song {number} - Artist" for number in range(rows))
    with django_assert_num_queries(1):
        assert len(read_pasted_songs(text).missing) == rows


def test_what_is_missing_is_added_to_the_library_once() -> None:
    creep = make_song(title="Creep", artist="Radiohead")
    pasted = read_pasted_songs("Zombie - The Cranberries\nCREEP - radiohead").songs
    found, again = add_missing_songs(pasted), add_missing_songs(pasted)
    zombie = Song.objects.get(title="Zombie")
    assert (found.ids, found.added) == ([zombie.pk, creep.pk], [zombie.pk])
    assert (again.ids, again.added) == (found.ids, [])
