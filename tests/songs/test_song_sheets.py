"""Songs from the heads of files with words and chords."""

import pytest
from django.utils import timezone

from songs.models import Song, SongImport
from songs.services.imports.jobs import check_import, run_import
from songs.services.imports.song_sheets import convert_song_sheets
from songs.services.imports.uploads import confirm_import, submit_import
from tests.builders import make_user

CHORDPRO = """{title: Kiss}
{st:Prince}
{key: Am}
{tempo: 111.0}
[Am]You don't have to be {comment: softly}
{new_song}
{t: Valerie}
{artist: The Zutons}
{subtitle: live}
"""
ULTRASTAR = "#ARTIST:Prince\r\n#TITLE:Kiss\r\n#BPM:444,5\r\n: 0 4 59 You\r\nE\n#TITLE:Valerie\n#ARTIST:The Zutons\n"
OPENSONG = """<?xml version="1.0" encoding="UTF-8"?>
<song><title>Kiss</title><author>Prince</author><key>A minor</key><lyrics>.Am
 You don't</lyrics></song>"""
KARAFUN = "Id;Title;Artist;Year;Duo;Explicit;Date Added;Styles\n1;Kiss;Prince;1986;0;0;2020-01-01;Pop\n"
SLOW = """<?xml version="1.0"?><!-- by me --><song><title>Kiss</title><author>Prince</author><tempo>Slow</tempo>
<lyrics><![CDATA[.A]]></lyrics></song>"""
FORMULA = "\ufeff{title: =Fr\u00fchling()}\n{artist: \u0141\u0105ka}"
PRINCE, ZUTONS = ("Kiss", "Prince", "", None), ("Valerie", "The Zutons", "", None)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "songs"),
    [
        (CHORDPRO.encode(), [("Kiss", "Prince", "Am", 111), ZUTONS]),
        (ULTRASTAR.encode(), [PRINCE, ZUTONS]),
        (OPENSONG.encode("utf-16"), [("Kiss", "Prince", "Am", None)]),
        (FORMULA.encode(), [("=Fr\u00fchling()", "\u0141\u0105ka", "", None)]),
        ("{t: Stra\u00dfe}\n{st: J\u00fcrgen}".encode("cp1252"), [("Stra\u00dfe", "J\u00fcrgen", "", None)]),
        (KARAFUN.encode(), [PRINCE]),
        (b"{meta: title Kiss}\n{meta artist Prince}\n{meta:key Am}", [("Kiss", "Prince", "Am", None)]),
        (b"#{title: No}\n{TITLE:Kiss}{ st : Prince }\n[A]You{c: don't}", [PRINCE]),
        (b"{title Kiss}\n{artist Prince}\n{tempo: Andante}\n{key: any that you like}", [PRINCE]),
        (SLOW.encode(), [PRINCE]),
        ("\ufeff#title: Kiss\r#artist:Prince\r#BPM:300\r".encode(), [PRINCE]),
    ],
    ids=[
        "ChordPro",
        "UltraStar",
        "OpenSong",
        "formula",
        "Windows-1252",
        "KaraFun",
        "meta",
        "one line",
        "without colons",
        "in words",
        "small letters",
    ],
)
def test_song_sheets_are_imported_as_songs(content: bytes, songs: list[tuple[str, str, str, int | None]]) -> None:
    user = make_user(is_superuser=True)
    upload = submit_import(user=user, name="songs.txt", content=content, now=timezone.now())
    check_import.call(upload.pk)
    confirm_import(user=user, pk=upload.pk)
    run_import.call(upload.pk)
    assert SongImport.objects.get().found["refused"] == 0
    assert list(Song.objects.values_list("title", "artist", "key", "tempo")) == songs


BOMB = '<?xml version="1.0"?><!DOCTYPE song [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><song><title>&b;</title></song>'


NO_SHEETS = ["title,artist\nKiss,Prince\n", "", "<song><title>Kiss</song>", "<html/>", BOMB, "{title}", "#TITLE:\n"]


@pytest.mark.parametrize("text", NO_SHEETS)
def test_other_files_are_no_song_sheets(text: str) -> None:
    assert convert_song_sheets(text) is None


def test_long_song_sheets_are_read_once_line_by_line() -> None:
    table = convert_song_sheets(
        "{t: x}\n"
        + "{" * 2_000_000
        + "\n{a"
        + " " * 1_000_000
        + "\n{meta"
        + ":" * 1_000_000
        + "\n{artist: y"
        + " " * 1_000_000
        + "x\n"
    )
    assert table == "title,artist,key,tempo,duration,genre\r\nx,,,,,\r\n"
