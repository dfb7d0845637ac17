import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from core.exceptions import ActionError
from songs.cells import parse_key, parse_tempo
from songs.models import Song
from songs.services.imports import csv_format
from songs.services.imports.csv_format import write_songs
from songs.services.imports.plan import execute_plan, plan_import
from tests.builders import make_song

pytestmark = pytest.mark.django_db
FILE = 'title,artist,key,tempo,parts\nPurple Rain,Prince,G,113,"vocals, 2 guitars, keys?"\nKiss,Prince,,,\n'


@pytest.mark.parametrize(
    "content",
    [FILE, "\ufeff" + FILE, FILE.replace("\n", "\r\n"), "Artist;TITLE;Nobody's\nPrince;Purple Rain;x\nPrince;Kiss;\n",
     "artist\ttitle\nPrince\tPurple Rain\n\t\nPrince\tKiss\n"],
    ids=["commas", "BOM", "CRLF", "semicolons, other order", "tabs"],
)  # fmt: skip
def test_plan_import_reads_any_delimiter_and_order_of_columns(content):
    execute_plan(plan_import(content.encode()))
    assert list(Song.objects.order_by("title").values_list("title", "artist")) == [
        ("Kiss", "Prince"),
        ("Purple Rain", "Prince"),
    ]


def test_plan_import_changes_nothing_the_second_time():
    execute_plan(plan_import(FILE.encode()))
    again = plan_import(FILE.upper().replace("VOCALS, 2 GUITAR, KEYS?", "").encode())
    assert (again.added, again.merged, again.same) == ([], [], 2)


def test_execute_plan_keeps_what_the_file_leaves_empty():
    make_song(title="Kiss", artist="Prince", key="A", tempo=111)
    execute_plan(plan_import(b"title,artist,key,tempo\nkiss,PRINCE,,112\n"))
    assert Song.objects.values_list("title", "key", "tempo").get() == ("Kiss", "A", 112)


def test_execute_plan_writes_nothing_if_a_line_has_an_error():
    planned = plan_import(b"title,artist,tempo\nA,B,5\nC,D,90\n,E,\nc,d,\n")
    assert ([error.line for error in planned.errors], planned.repeated) == ([2, 4], 1)
    with pytest.raises(ActionError):
        execute_plan(planned)
    assert Song.objects.count() == 0


def test_plan_import_refuses_a_line_with_more_cells_than_columns():
    errors = plan_import(b"title,artist\nHello, Goodbye,The Beatles\nHelp!,The Beatles,,\n").errors
    assert [(error.line, error.reason[:30]) for error in errors] == [(2, "There are more cells than colu")]


@pytest.mark.parametrize(
    "content",
    [b"", b"name\nx\n", b"\xff\xfetitle,artist"],
    ids=["nothing", "other columns", "not UTF-16"],
)
def test_plan_import_refuses_what_is_no_list_of_songs(content):
    with pytest.raises(ActionError):
        plan_import(content)


def test_execute_plan_emits_one_event(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as told:
        execute_plan(plan_import(FILE.encode()))
    assert len(told) == 1


def test_plan_import_changes_nothing_for_an_exported_file():
    execute_plan(plan_import(FILE.encode()))
    file = io.StringIO()
    write_songs(Song.objects.order_by("pk"), file)
    assert plan_import(file.getvalue().encode()).same == 2


def test_execute_plan_writes_nothing_if_a_song_was_added_meanwhile():
    planned = plan_import(b"title,artist\n" + b"".join(b"Song %d,Band\n" % number for number in range(600)))
    make_song(title="Song 599", artist="Band")
    with pytest.raises(IntegrityError):
        execute_plan(planned)
    assert Song.objects.count() == 1


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@home", "'=1", "''-", "'Round Midnight", "\uff1d1"])
def test_write_songs_escapes_formulas_and_plan_import_reads_them_back(title):
    song, file = make_song(title=title), io.StringIO()
    write_songs([song], file)
    cell = file.getvalue().splitlines()[1].split(",")[0]
    assert (cell.startswith("'"), plan_import(file.getvalue().encode()).same) == (True, 1)


def test_commands_import_and_export_songs(tmp_path, capsys):
    path = tmp_path / "songs.csv"
    path.write_text(FILE)
    call_command("import_songs", path, "--dry-run")
    assert (capsys.readouterr().out, Song.objects.count()) == (
        "2 added, 0 merged, 0 unchanged, 0 refused.\n",
        0,
    )
    call_command("import_songs", path)
    call_command("export_songs")
    assert "Purple Rain,Prince,G,113" in capsys.readouterr().out
    path.write_text("title,artist\n,x\n")
    with pytest.raises(CommandError):
        call_command("import_songs", path)


SUDEN = "Gr\u00fc\u00dfe aus K\u00f6ln;Die S\u00fc\u00dfen"
AS_IT_COMES = {
    "blanks before quotation marks": (
        b'TITLE, ARTIST\r\n"Les eaux claires", "Stella Kern"\r\n"How Near, How Far", "Trail, Dust & Co"\r\n',
        ["Les eaux claires;Stella Kern", "How Near, How Far;Trail, Dust & Co"],
    ),
    "sep line": (
        b"\xef\xbb\xbfsep=;\r\ntitle;artist;key\r\nBlaue Stunde;Die Laternen;Am\r\n",
        ["Blaue Stunde;Die Laternen"],
    ),
    "song and artist": (b"Song,Artist\nOther Shore,The Redwoods\n", ["Other Shore;The Redwoods"]),
    "Windows-1252": (f"title;artist\r\n{SUDEN}\r\n".encode("cp1252"), [SUDEN]),
    "Mac Roman": (f"title;artist\r\n{SUDEN}\r\n".encode("mac_roman"), [SUDEN]),
    "UTF-16, little": (
        b"\xff\xfe" + f"title\tartist\r\n{SUDEN}\r\n".replace(";", "\t").encode("utf-16-le"),
        [SUDEN],
    ),
    "UTF-16, big": (b"\xfe\xff" + f"title;artist\r\n{SUDEN}\r\n".encode("utf-16-be"), [SUDEN]),
    "UTF-8 with a mark": (b"\xef\xbb\xbf" + f"title;artist\r\n{SUDEN}\r\n".encode(), [SUDEN]),
    "CR": (
        b"title,artist,key\rAutumn; Leaves; Falling,Jo Ham,Am\rBlue,Col Trane,C\r",
        ["Autumn; Leaves; Falling;Jo Ham", "Blue;Col Trane"],
    ),
    "mixed line ends": (b"title,artist\r\nA,B\rC,D\nE,F", ["A;B", "C;D", "E;F"]),
    "100 columns": (f"title,artist,{','.join(map(str, range(98)))}\nWide,Band{',x' * 98}\n".encode(), ["Wide;Band"]),
    "NUL": (b"title,artist\r\nNul\0 Song,The \0Zeros\r\n", ["Nul Song;The Zeros"]),
    "a huge cell": (b"title,artist,notes\nOK Song,OK Band," + b"x" * 140_000 + b"\n", ["OK Song;OK Band"]),
    "German": (b"Titel;Interpret;Tonart\r\nBlaue Stunde;Die Laternen;a-Moll\r\n", ["Blaue Stunde;Die Laternen"]),
    "German with an umlaut": ("K\u00fcnstler;Titel\nX;Y\n".encode(), ["Y;X"]),
    "Spanish": ("T\u00edtulo,Artista\nX,Y\n".encode("cp1252"), ["X;Y"]),
    "French": ("Titre;Interpr\u00e8te\nX;Y\n".encode("mac_roman"), ["X;Y"]),
    "bars": (b"Artist|Title|Length\nQuartz|Harbour|00:02:42\n", ["Harbour;Quartz"]),
    "a title above": (b"Song list of the Blue Bar,,\r\n,,\r\ntitle,artist,key\r\nGood,Band,Am\r\n", ["Good;Band"]),
    "a full-width comma": ("title,artist\nHelp me\uff0c ERIN!!,IO\n".encode(), ["Help me\uff0c ERIN!!;IO"]),
    "dates and numbers": (b"title,artist\n07. Nov,Band\n007,Agent\n", ["07. Nov;Band", "007;Agent"]),
    "Exportify": (
        (
            b'"Track URI","Track Name","Artist Name(s)","Tempo"\n'
            b'"spotify:track:1","Paper Boats","Nora Vale;Tom Ash","97.013"\n'
        ),
        ["Paper Boats;Nora Vale;Tom Ash"],
    ),
    "a repeated line": (b"title,artist\nA,B\n\n\na,b\n", ["A;B"]),
    "only a header": (b"title,artist\r\n", []),
}


@pytest.mark.parametrize(("content", "songs"), AS_IT_COMES.values(), ids=list(AS_IT_COMES))
def test_plan_import_reads_files_as_they_come(content, songs):
    planned = plan_import(content)
    assert ([f"{row.song.title};{row.song.artist}" for row in planned.added], planned.errors) == (songs, [])


def test_plan_import_refuses_a_line_with_a_quotation_mark_too_many():
    planned = plan_import(b'title,artist\n"One,A\nTwo,B\nThree,C\n"Four",D\nFive,E\n')
    assert [error.line for error in planned.errors] == [2]
    assert [row.song.title for row in planned.added] == ["Two", "Three", "Four", "Five"]


def test_plan_import_reads_twenty_thousand_lines_with_open_quotation_marks():
    planned = plan_import(b"title,artist\n" + b"".join(b'"Song %d,Band\n' % number for number in range(20_000)))
    assert (len(planned.errors), planned.errors[-1].line) == (20_000, 20_001)


def test_plan_import_keeps_a_quoted_line_break_and_reads_on():
    assert [row.song.title for row in plan_import(b'title,artist\n"A\nB",C\nD,E\n').added] == ["A B", "D"]


def test_plan_import_reads_another_encoding_when_asked():
    planned = plan_import("title,artist\n\u0141\u0105ka,X\n".encode("cp1250"), encoding="cp1250")
    assert [row.song.title for row in planned.added] == ["\u0141\u0105ka"]


@pytest.mark.parametrize(
    ("cell", "key"),
    [
        *[
            (text, "Am")
            for text in ("Am", "am", "A m", "A minor", "A-Moll", "a-moll", "A min", "la min", "La mineur", "8A")
        ],
        *[(text, "C") for text in ("C", "c", "C major", "C-Dur", "Do majeur", "do mayor", "8B", "08b")],
        *[
            (text, "F#m")
            for text in ("F#m", "F# minor", "F\u266fm", "fis-Moll", "fis moll", "F sharp minor", "fa# min", "11A")
        ],
        *[(text, "Bb") for text in ("Bb", "B\u266d", "B-Dur", "B flat", "Si b\u00e9mol majeur", "si bemol", "6B")],
        *[(text, "Bm") for text in ("Bm", "h-Moll", "H-Moll", "si minor", "10A")],
        *[(text, "Eb") for text in ("Eb", "Es-Dur", "Es", "Mi bemol mayor")],
        ("capo 2", "capo 2"),
        ("Re sostenido menor", "D#m"),
    ],
)
def test_parse_key_reads_every_usual_spelling(cell, key):
    assert parse_key(cell) == key


@pytest.mark.parametrize(
    ("cell", "tempo"), [("120", 120), ("120.0", 120), ("119,6", 120), ("97.013", 97), ("90 BPM", 90)]
)
def test_parse_tempo_reads_what_spreadsheets_write(cell, tempo):
    assert parse_tempo(cell) == tempo


@pytest.mark.parametrize("cell", ["fast", "12:30", "", "-5"])
def test_parse_tempo_refuses_what_is_no_number(cell):
    with pytest.raises(ValidationError):
        parse_tempo(cell)


def test_plan_import_reads_a_key_that_is_a_number_with_its_mode():
    planned = plan_import(b"Track Name,Artist Name(s),Key,Mode\nA,B,7,1\nC,D,9,0\nE,F,-1,0\n")
    assert [row.song.key for row in planned.added] == ["G", "Am", ""]


class CountedLines(list[str]):
    """Lines that count how many of them are looked at."""

    looks = 0

    def __iter__(self) -> Iterator[str]:
        for line in super().__iter__():
            self.looks += 1
            yield line

    def __getitem__(self, place: Any) -> Any:
        found = super().__getitem__(place)
        self.looks += len(found) if isinstance(place, slice) else 1
        return found


def test_reading_a_file_takes_as_long_as_it_has_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every row began again at the first line: 20,000 songs took 200 million steps."""
    lines = CountedLines(["title,artist", *(f"Song {number},Band" for number in range(2_000))])
    monkeypatch.setattr(csv_format, "split_lines", lambda text: lines)
    assert len(list(csv_format.read_songs(b"title,artist"))) == 2_000
    assert lines.looks < 2_100 * csv_format.MAX_LINES_IN_ROW
