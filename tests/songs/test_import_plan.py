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
    assert [error.line for error in planned.errors] == [2, 4, 5]
    assert planned.errors[2].reason == "Line 3 has the same song."
    with pytest.raises(ActionError):
        execute_plan(planned)
    assert Song.objects.count() == 0


def test_plan_import_refuses_a_line_with_more_cells_than_columns():
    errors = plan_import(b"title,artist\nHello, Goodbye,The Beatles\nHelp!,The Beatles,,\n").errors
    assert [(error.line, error.reason[:30]) for error in errors] == [(2, "There are more cells than colu")]


@pytest.mark.parametrize(
    "content",
    [b"", b"name\nx\n", b"title,artist\n\xff\xfe,x\n", b'title,artist\nA,B\n"C,D\n' + b"E,F\n" * 50_000],
    ids=["nothing", "other columns", "not UTF-8", "a quotation mark too few"],
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
