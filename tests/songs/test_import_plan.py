import io

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from core.exceptions import ActionError
from songs.models import Song
from songs.services.imports.csv_format import write_songs
from songs.services.imports.plan import execute_plan, plan_import
from tests.builders import make_song

pytestmark = pytest.mark.django_db
FILE = 'title,artist,key,tempo,parts\nPurple Rain,Prince,G,113,"vocals, 2 guitar, keys?"\nKiss,Prince,,,\n'


@pytest.mark.parametrize(
    "content",
    [FILE, "\ufeff" + FILE, FILE.replace("\n", "\r\n"), "Artist;TITLE;Nobody's\nPrince;Purple Rain;x\nPrince;Kiss;\n",
     "artist\ttitle\nPrince\tPurple Rain\n\t\nPrince\tKiss\n"],
    ids=["commas", "BOM", "CRLF", "semicolons, other order", "tabs"],
)  # fmt: skip
def test_files_of_every_kind_are_understood(content):
    execute_plan(plan_import(content.encode()))
    assert list(Song.objects.order_by("title").values_list("title", "artist")) == [
        ("Kiss", "Prince"),
        ("Purple Rain", "Prince"),
    ]


def test_importing_again_adds_and_changes_nothing():
    execute_plan(plan_import(FILE.encode()))
    again = plan_import(FILE.upper().replace("VOCALS, 2 GUITAR, KEYS?", "").encode())
    assert (again.added, again.merged, again.same) == ([], [], 2)


def test_what_the_file_leaves_empty_stays():
    make_song(title="Kiss", artist="Prince", key="A", tempo=111)
    execute_plan(plan_import(b"title,artist,key,tempo\nkiss,PRINCE,,112\n"))
    assert Song.objects.values_list("title", "key", "tempo").get() == ("Kiss", "A", 112)


def test_lines_that_cannot_be_taken_are_told_and_then_nothing_is_done():
    planned = plan_import(b"title,artist,tempo\nA,B,5\nC,D,90\n,E,\nc,d,\n")
    assert [fault.line for fault in planned.faults] == [2, 4, 5]
    assert planned.faults[2].reason == "Line 3 has the same song."
    with pytest.raises(ActionError):
        execute_plan(planned)
    assert Song.objects.count() == 0


def test_a_line_with_more_cells_than_columns_is_a_fault():
    faults = plan_import(b"title,artist\nHello, Goodbye,The Beatles\nHelp!,The Beatles,,\n").faults
    assert [(fault.line, fault.reason[:30]) for fault in faults] == [(2, "There are more cells than colu")]


@pytest.mark.parametrize(
    "content",
    [b"", b"name\nx\n", b"title,artist\n\xff\xfe,x\n", b'title,artist\nA,B\n"C,D\n' + b"E,F\n" * 50_000],
    ids=["nothing", "other columns", "not UTF-8", "a quotation mark too few"],
)
def test_what_is_no_list_of_songs_is_refused(content):
    with pytest.raises(ActionError):
        plan_import(content)


def test_an_import_tells_the_lists(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as told:
        execute_plan(plan_import(FILE.encode()))
    assert len(told) == 1


def test_what_was_exported_is_there_already_when_imported():
    execute_plan(plan_import(FILE.encode()))
    file = io.StringIO()
    write_songs(Song.objects.order_by("pk"), file)
    assert plan_import(file.getvalue().encode()).same == 2


def test_an_import_that_meets_a_song_of_the_last_moment_leaves_nothing():
    planned = plan_import(b"title,artist\n" + b"".join(b"Song %d,Band\n" % number for number in range(600)))
    make_song(title="Song 599", artist="Band")
    with pytest.raises(IntegrityError):
        execute_plan(planned)
    assert Song.objects.count() == 1


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@home", "'=1", "''-", "'Round Midnight", "\uff1d1"])
def test_a_title_that_is_a_formula_is_harmless_in_the_file_and_itself_when_it_comes_back(title):
    song, file = make_song(title=title), io.StringIO()
    write_songs([song], file)
    cell = file.getvalue().splitlines()[1].split(",")[0]
    assert (cell.startswith("'"), plan_import(file.getvalue().encode()).same) == (True, 1)


def test_the_commands_import_and_export(tmp_path, capsys):
    path = tmp_path / "songs.csv"
    path.write_text(FILE)
    call_command("import_songs", path, "--dry-run")
    assert (capsys.readouterr().out, Song.objects.count()) == (
        "2 added, 0 merged, 0 there already, 0 refused.\n",
        0,
    )
    call_command("import_songs", path)
    call_command("export_songs")
    assert "Purple Rain,Prince,G,113" in capsys.readouterr().out
    path.write_text("title,artist\n,x\n")
    with pytest.raises(CommandError):
        call_command("import_songs", path)
