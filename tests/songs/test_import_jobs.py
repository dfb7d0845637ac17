import zlib
from contextlib import contextmanager
from datetime import timedelta
from itertools import count

import pytest
from django.contrib.auth.models import User
from django.db import connection, connections
from django.utils import timezone, translation

from core.exceptions import ActionError
from core.http.statuses import get_status
from jobs.models import Job
from jobs.queue import claim_next_job
from jobs.worker import run_job
from songs.models import ImportState, Song, SongImport
from songs.services.imports import jobs, plan, uploads
from tests.builders import make_song, make_user

pytestmark = pytest.mark.django_db
FILE = b"title,artist,tempo\nValerie,The Zutons,120\nKiss,Prince,111\n"


INSERT = 'INSERT INTO "songs_song"'
MANY = b"title,artist\n" + b"".join(b"Song %d,Band\n" % number for number in range(600))


def submit(content=FILE):
    """A file that was uploaded, and checked in the background."""
    sent = uploads.submit_import(user=make_user(), name="songs.csv", content=content, now=timezone.now())
    return worked_on(sent)


def uploader(sent):
    return User.objects.get(pk=sent.user_id)


def confirm(sent):
    uploads.confirm_import(user=uploader(sent), pk=sent.pk)
    return worked_on(sent)


def worked_on(sent):
    job = claim_next_job("worker", now=timezone.now())
    assert job is not None
    run_job(job)
    sent.refresh_from_db()
    return sent


@contextmanager
def before_second(statement, act):
    """Do `act` when a statement that begins like this is on its way for the second time."""
    number = count(1)

    def watch(execute, sql, *rest):
        if sql.startswith(statement) and next(number) == 2:
            act()
        return execute(sql, *rest)

    with connection.execute_wrapper(watch):
        yield


def test_check_import_writes_no_songs():
    make_song(title="Kiss", artist="Prince", tempo=100)
    sent = submit()
    assert (sent.state, sent.is_good, Song.objects.count()) == (ImportState.CHECKED, True, 1)
    assert sent.found == {
        "added": 1,
        "merged": 1,
        "same": 0,
        "repeated": 0,
        "refused": 0,
        "added_rows": [[2, "Valerie \N{EN DASH} The Zutons", "120"]],
        "merged_rows": [[3, "Kiss \N{EN DASH} Prince", [["tempo", "100", "111"]]]],
        "refused_rows": [],
    }


def test_run_import_writes_songs_and_drops_the_file():
    sent = confirm(submit())
    assert (sent.state, bytes(sent.content), sent.percent) == (ImportState.IMPORTED, b"", 100)
    assert list(Song.objects.values_list("title", "tempo")) == [("Kiss", 111), ("Valerie", 120)]


def test_confirm_import_and_run_import_are_idempotent():
    sent = confirm(submit())
    assert uploads.confirm_import(user=uploader(sent), pk=sent.pk).state == ImportState.IMPORTED
    jobs.run_import.call(sent.pk)
    assert (Song.objects.count(), Job.objects.due(timezone.now()).count()) == (2, 0)


def test_check_import_finds_nothing_new_in_an_imported_file():
    confirm(submit())
    again = submit()
    assert (again.found["same"], again.is_good) == (2, False)


def test_confirm_import_refuses_a_file_with_an_error():
    sent = submit(FILE + b",Nobody,\n")
    assert sent.found["refused_rows"] == [[4, "title: This field cannot be blank."]]
    with pytest.raises(ActionError):
        uploads.confirm_import(user=uploader(sent), pk=sent.pk)
    assert Song.objects.count() == 0


def test_run_import_merges_a_song_that_was_added_meanwhile():
    sent = submit()
    make_song(title="valerie", artist="THE ZUTONS")
    assert confirm(sent).found["merged"] == 1
    assert Song.objects.count() == 2


@pytest.mark.parametrize("statement", [INSERT, 'UPDATE "songs_songimport" SET "state"'], ids=["writing", "noting it"])
def test_run_import_that_fails_halfway_writes_nothing_and_can_run_again(statement):
    sent = submit(MANY)
    uploads.confirm_import(user=uploader(sent), pk=sent.pk)
    with before_second(statement, lambda: 1 / 0), pytest.raises(ZeroDivisionError):
        jobs.run_import.call(sent.pk)
    sent.refresh_from_db()
    assert (Song.objects.count(), sent.state) == (0, ImportState.IMPORTING)
    jobs.run_import.call(sent.pk)
    assert Song.objects.count() == 600


def test_confirm_import_adds_the_rows_to_write_to_the_lines_to_read():
    sent = submit()
    lines = sent.total
    uploads.confirm_import(user=uploader(sent), pk=sent.pk)
    sent.refresh_from_db()
    assert (sent.total, sent.done) == (lines + 2, 0)


def test_imports_keep_their_own_progress():
    other = submit()
    before = SongImport.objects.filter(pk=other.pk).values().get()
    confirm(submit(MANY))
    assert SongImport.objects.filter(pk=other.pk).values().get() == before


def test_check_import_counts_and_keeps_all_errors():
    sent = submit(b"title,artist\n" + b"x,\n" * 150)
    assert (sent.found["refused"], len(sent.found["refused_rows"])) == (150, 150)


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"name\nx\n", 400), (b"\xff", 400), (b"title,artist\n" + b"a,b\n" * 50_000, 413), (b"x" * 5_000_001, 413)],
    ids=["other columns", "not UTF-8", "too many lines", "too large"],
)
def test_submit_import_refuses_and_stores_nothing(content, status):
    with pytest.raises(ActionError, check=lambda refusal: get_status(refusal) == status):
        submit(content)
    assert (SongImport.objects.count(), Job.objects.count()) == (0, 0)


def test_check_import_explains_errors_in_the_uploaders_language():
    with translation.override("de"):
        sent = submit(FILE + b"Kiss,Prince,fast\n")
    assert sent.found["refused_rows"] == [[4, "Tempo: „fast“ ist keine Zahl von Schlägen pro Minute."]]


def test_plan_import_and_execute_plan_report_progress():
    read: list[int] = []
    written: list[int] = []
    plan.execute_plan(plan.plan_import(MANY, report=read.append), report=written.append)
    assert (read, written) == ([2, 502], [500, 600])


@pytest.mark.django_db(transaction=True)
def test_run_import_shows_progress_to_others_before_it_commits():
    """On SQLite they see how much was read: the import is its one writer until it is committed."""
    sent, aside, seen = submit(MANY), connection.copy(), []

    def look():
        with aside.cursor() as cursor:
            cursor.execute("SELECT done, (SELECT COUNT(*) FROM songs_song) FROM songs_songimport")
            seen.append(cursor.fetchone())

    with before_second(INSERT, look):
        confirm(sent)
    aside.close()
    assert seen == [({"sqlite": 502, "postgresql": 1102}[connection.vendor], 0)]


def test_run_import_opens_a_second_connection_only_where_two_can_write(monkeypatch):
    """On SQLite the second one would wait for the import itself, and give up after its timeout."""
    kind, opened = type(connections["default"]), []
    copy = kind.copy

    def record(self):
        opened.append(self.vendor)
        return copy(self)

    monkeypatch.setattr(kind, "copy", record)
    confirm(submit())
    assert opened == {"sqlite": [], "postgresql": ["postgresql"]}[connection.vendor]


def test_delete_old_imports_after_a_day_and_results_after_a_month():
    now = timezone.now()
    for state in (ImportState.CHECKED, ImportState.IMPORTED):
        for days in (0, 2, 31):
            SongImport.objects.create(
                user=make_user(), name=f"{state} {days}", content=zlib.compress(FILE), state=state,
                created_at=now - timedelta(days=days),
            )  # fmt: skip
    assert jobs.delete_old_imports(now=now) == 3
    assert sorted(SongImport.objects.values_list("name", flat=True)) == ["checked 0", "imported 0", "imported 2"]
