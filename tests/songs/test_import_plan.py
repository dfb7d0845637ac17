import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from core.exceptions import ActionError
from songs.cells import ENCODINGS, parse_duration, parse_key, parse_tempo
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
    "a blank behind quotation marks": (b'title,artist\n"A" , "B"\n"C, D" ,E\n', ["A;B", "C, D;E"]),
    "quotation marks with a backslash": (b'title,artist\n"The \\"Big\\" Song",Band\n', ['The "Big" Song;Band']),
    "inches": (b'title,artist\n12" Mix,Band\n"7"" Mix",Band\n', ['12" Mix;Band', '7" Mix;Band']),
    "sep line in quotation marks": (b'"sep=;"\ntitle;artist\nA;B\n', ["A;B"]),
    "sep line with a tab": (b"sep=\t\ntitle\tartist\nA, x\tB\n", ["A, x;B"]),
    "sep line above a title": (b"SEP=|\nOur list\n\ntitle|artist\nA|B\n", ["A;B"]),
    "UTF-16 without a mark, little": (f"title;artist\n{SUDEN}\n".encode("utf-16-le"), [SUDEN]),
    "UTF-16 without a mark, big": (f"title;artist\n{SUDEN}\n".encode("utf-16-be"), [SUDEN]),
    "iTunes": (b"\xff\xfe" + "Name\tArtist\tTime\tBPM\rA\tB\t201\t120\r".encode("utf-16-le"), ["A;B"]),
    "French in Mac Roman": (
        "Titre;Interpr\u00e8te\n\u00c9t\u00e9 \u00e0 No\u00ebl;C\u0153ur\n".encode("mac_roman"),
        ["\u00c9t\u00e9 \u00e0 No\u00ebl;C\u0153ur"],
    ),
    "curly quotation marks in Windows-1252": (
        "Titel;K\u00fcnstler\nDon\u2019t \u201eX\u201c;\u00c4rzte\n".encode("cp1252"),
        ["Don\u2019t \u201eX\u201c;\u00c4rzte"],
    ),
    "Spanish in Windows-1252": (
        "T\u00edtulo,Int\u00e9rprete\n\u00bfQu\u00e9?,Ni\u00f1os\n".encode("cp1252"),
        ["\u00bfQu\u00e9?;Ni\u00f1os"],
    ),
    "numbers as text": (b'title,artist\n="007",Agent\n', ["007;Agent"]),
    "underscores": (b"track_name,artist_name\nA,B\n", ["A;B"]),
    "colons": (b"Titel:;Interpret:\nA;B\n", ["A;B"]),
    "long Spanish": ("Nombre de la canci\u00f3n;Nombre del artista\nA;B\n".encode(), ["A;B"]),
    "long French": (b"Titre de la chanson;Chanteur\nA;B\n", ["A;B"]),
    "long German": ("Liedtitel;K\u00fcnstler*in\nA;B\n".encode(), ["A;B"]),
    "a name that is no title": (b"Name,Title,Artist\nJo,A,B\n", ["A;B"]),
    "Exportify of today": (
        (
            b'"Track URI","Track Name","Artist URI(s)","Artist Name(s)","Track Duration (ms)","Genres","Tempo"\n'
            b'"u","Say ""Hi""","x","A, B","201000","rock,classic rock,album rock,hard rock,mellow gold,soft rock","0"\n'
        ),
        ['Say "Hi";A, B'],
    ),
    "KaraFun": (b"Id;Title;Artist;Year;Duo;Explicit;Styles;Languages\n1;A;B;1986;0;0;Pop,Rock;English\n", ["A;B"]),
    "cells of blanks": (b"title,artist\n , \n\n;;\nA,B\n".replace(b";;", b",,"), ["A;B"]),
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


@pytest.mark.parametrize(
    ("lines", "refused", "read"),
    [
        ('A,B\nC,"D\n', [3], ["A"]),
        ('"A,B\nC,D\n"E",F\nG,H\n', [2], ["C", "E", "G"]),
        ('"A,B\n"C,D\nE,F\n', [2, 3], ["E"]),
        ('A,"B\r\nC,D\r\nE,F\r\n', [2], ["C", "E"]),
        ('"12" Mix",Band\nB,C\n', [2], ["B"]),
    ],
)
def test_plan_import_never_swallows_a_line_that_is_open(lines, refused, read):
    planned = plan_import(f"title,artist\n{lines}".encode())
    assert ([error.line for error in planned.errors], [row.song.title for row in planned.added]) == (refused, read)


@pytest.mark.parametrize(
    ("encoding", "title"),
    [
        ("cp1253", "Καλημέρα"),
        ("cp1254", "Şark\u0131"),
        ("cp1255", "שלום"),
        ("cp1256", "حبيبي"),
        ("cp1251", "Калинка"),
        ("koi8_r", "Калинка"),
        ("shift_jis", "上を向いて"),
        ("euc_kr", "대한민국"),
        ("gb18030", "月亮"),
        ("big5", "月亮代表"),
    ],
)
def test_plan_import_reads_every_encoding_that_can_be_chosen(encoding, title):
    planned = plan_import(f"title,artist\n{title},X\n".encode(encoding), encoding=encoding)
    assert (encoding in ENCODINGS, [row.song.title for row in planned.added]) == (True, [title])


def test_plan_import_keeps_the_first_genres_that_fit():
    planned = plan_import(
        b'title,artist,genres\nA,B,"rock,classic rock,album rock,hard rock,mellow gold,soft rock,folk"\n'
    )
    assert [row.song.genre for row in planned.added] == ["rock, classic rock, album rock, hard rock, mellow gold"]


def test_plan_import_leaves_what_an_unknown_value_says_nothing_about():
    make_song(title="Kiss", artist="Prince", key="A", tempo=111)
    assert plan_import(b"title,artist,key,tempo\nKiss,Prince,-,0\n").same == 1


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
        *[
            (text, "Am")
            for text in ("Lam", "A min.", "Am (8A)", "in A minor", "1m", "a mineur", "L\u00e1 menor", "la m")
        ],
        *[(text, "C#m") for text in ("cis-Moll", "Do di\u00e8se mineur", "Do#m", "12A", "5m", "C\u266f min")],
        *[
            (text, "Ab")
            for text in ("As-Dur", "La bemolle maggiore", "4B", "9d", "A flat major", "L\u00e1 bemol maior")
        ],
        *[(text, "D") for text in ("D\u266e", "re mayor", "R\u00e9 majeur", "10B", "d dur", "Key of D")],
        *[(text, "") for text in ("-", "?", "N/A", "unknown")],
        *[(text, "Bm") for text in ("Bm", "h-Moll", "H-Moll", "si minor", "10A")],
        *[(text, "Eb") for text in ("Eb", "Es-Dur", "Es", "Mi bemol mayor")],
        ("capo 2", "capo 2"),
        ("Re sostenido menor", "D#m"),
    ],
)
def test_parse_key_reads_every_usual_spelling(cell, key):
    assert parse_key(cell) == key


@pytest.mark.parametrize(
    ("cell", "tempo"),
    [
        ("120", 120),
        ("120.0", 120),
        ("119,6", 120),
        ("97.013", 97),
        ("90 BPM", 90),
        ("ca. 120", 120),
        ("♩ = 96", 96),
        ("BPM 88", 88),
        ("120bpm", 120),
        ("0", None),
        ("0.0", None),
        ("-", None),
    ],
)
def test_parse_tempo_reads_what_spreadsheets_write(cell, tempo):
    assert parse_tempo(cell) == tempo


@pytest.mark.parametrize("cell", ["fast", "12:30", "", "-5"])
def test_parse_tempo_refuses_what_is_no_number(cell):
    with pytest.raises(ValidationError):
        parse_tempo(cell)


@pytest.mark.parametrize(
    ("cell", "duration"),
    [
        *[(text, "3:45") for text in ("3:45", "03:45", "00:03:45", "0:03:45", "3:45.2", "225", "225.4", "225000")],
        *[
            (text, "3:45")
            for text in ("3m45s", "3 min 45 s", "3 Min. 45 Sek.", "PT3M45S", "3'45\"", "3\u203245\u2033", "3'45")
        ],
        *[(text, "62:07") for text in ("1:02:07", "62:07", "1h 2m 7s", "3727")],
        *[(text, "4:00") for text in ("4 min", "240", "4:00", "240 s")],
        *[(text, "") for text in ("0", "0:00", "-", "N/A")],
    ],
)
def test_parse_duration_reads_every_usual_spelling(cell, duration):
    assert parse_duration(cell) == duration


@pytest.mark.parametrize("cell", ["long", "3:75", "3.45.10", "-3:45", "::", "min"])
def test_parse_duration_refuses_what_is_none(cell):
    with pytest.raises(ValidationError):
        parse_duration(cell)


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
