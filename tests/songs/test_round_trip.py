"""Songs that leave one site as a file and enter another leave that one as the same file."""

import io
import random
from typing import Any

import pytest

from songs.models import Song
from songs.services.imports.csv_format import write_songs
from songs.services.imports.plan import execute_plan, plan_import

pytestmark = pytest.mark.django_db
LETTERS = [
    "a",
    "B",
    "\u00df",
    "\u0142",
    "\u00f8",
    "e\u0301",
    "\u9ad8",
    "\u30c9",
    "\ub300",
    "\u0e17\u0e35",
    "\u05d0",
    "\u0639",
    "7",
    "\uff21",
]
SIGNS = [
    "'",
    "''",
    '"',
    '""',
    "=",
    "+",
    "-",
    "@",
    ";",
    ",",
    "|",
    "\t",
    " ",
    "\n",
    "\u2019",
    "\u201c",
    "\uff0c",
    "\uff1d",
    "sep=",
    "#",
]
EMOJI = ["\U0001f3b8", "\u2764\ufe0f", "\U0001f469\u200d\U0001f3a4", "\u202e", "\x0b", "\x00", "\ufeff"]
KEYS = ["", "", "Am", "F#", "Bb", "C#m", "capo 2", "=A", "modal; D"]


def make_odd_songs(number: int) -> list[Song]:
    """Return songs of letters, signs and emoji that the database can hold, the same ones on every run."""
    chance = random.Random(20)
    songs: dict[str, Song] = {}
    while len(songs) < number:
        title, artist = (
            "".join(chance.choices([*LETTERS, *SIGNS, *EMOJI], k=chance.randint(1, 12))) for _name in range(2)
        )
        song = Song(title=title, artist=artist, key=chance.choice(KEYS), tempo=chance.choice([None, 20, 120, 400]))
        song.genre = "".join(chance.choices([*LETTERS, *SIGNS], k=chance.randint(0, 5)))
        for name in ("title", "artist", "genre", "match_key"):
            field: Any = Song._meta.get_field(name)
            field.pre_save(song, add=True)
        if song.title and song.artist and song.match_key:
            songs.setdefault(song.match_key, song)
    return list(songs.values())


def export() -> bytes:
    file = io.StringIO()
    write_songs(Song.objects.order_by("pk"), file)
    return file.getvalue().encode()


def test_a_thousand_odd_songs_survive_a_file():
    Song.objects.bulk_create(make_odd_songs(1_000))
    left = export()
    assert plan_import(left).same == 1_000
    Song.objects.all().delete()
    planned = plan_import(left)
    assert planned.errors == []
    execute_plan(planned)
    assert export() == left
