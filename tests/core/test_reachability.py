"""What is said of a database or a Redis that cannot be reached: one sentence, without a password."""

import os
import subprocess
import sys

import pytest

from core.network import find_free_port
from core.reachability import describe_unreachable_redis, hide_password
from tests.servers import ROOT


def run(*words: str, folder, **changes: str) -> subprocess.CompletedProcess[str]:
    own = {"DJANGO_SETTINGS_MODULE": "jamsite.settings", "DATA_DIR": str(folder), "REDIS_URL": ""}
    line = [sys.executable, "manage.py", *words]
    return subprocess.run(
        line, cwd=ROOT, env={**os.environ, **own, **changes}, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("words", [("migrate",), ("serve", "--prepare"), ("prepare_database",), ("export_songs",)])
def test_command_without_its_database_ends_with_one_sentence(words, tmp_path):
    port = find_free_port()
    url = f"postgresql://jamsite:hunter2@127.0.0.1:{port}/site"
    done = run(*words, folder=tmp_path, DATABASE_URL=url, PORT=str(find_free_port()))
    assert (done.returncode, done.stderr.count("\n"), "Traceback" in done.stderr) == (1, 1, False)
    assert [word for word in ("DATABASE_URL", f"jamsite@127.0.0.1:{port}/site", "refused", "Start PostgreSQL")
            if word not in done.stderr] == []  # fmt: skip
    assert ("hunter2" in done.stderr, len(done.stderr) < 400) == (False, True)


def test_database_file_that_cannot_be_opened_is_told_in_one_sentence(tmp_path):
    done = run("migrate", folder=tmp_path, DATABASE_URL="sqlite:////nope/x.sqlite3")
    assert (done.returncode, done.stderr.count("\n"), "/nope" in done.stderr) == (1, 1, True)


def test_error_of_a_database_that_is_there_keeps_its_traceback(tmp_path):
    """The server was reached, so somebody has to see where the error came from."""
    done = run("export_songs", folder=tmp_path, DATABASE_URL=f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    assert (done.returncode, "no such table" in done.stderr, "Traceback" in done.stderr) == (1, True, True)


def test_prepare_database_waits_and_says_so(tmp_path):
    url = f"postgresql://jamsite@127.0.0.1:{find_free_port()}/site"
    done = run("prepare_database", "--wait", "1.5", folder=tmp_path, DATABASE_URL=url)
    assert (done.returncode, done.stdout.count("Waiting for the database")) == (1, 1)
    assert (done.stderr.count("\n"), "Traceback" in done.stderr) == (1, False)


def test_prepare_database_prints_the_link_of_the_first_account(tmp_path):
    """It is what the log of a container has to show; once there is an account, there is no link."""
    done = run("prepare_database", folder=tmp_path, BASE_URL="https://jam.example.org", ALLOWED_HOSTS="jam.example.org")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].startswith("Make the first account at https://jam.example.org/setup/")


def test_unreachable_redis_is_told_with_what_is_missing(settings):
    port = find_free_port()
    settings.REDIS_URL = f"redis://:hunter2@127.0.0.1:{port}/0"
    settings.RATE_LIMIT_REDIS_URL = settings.REDIS_URL
    (sentence,) = describe_unreachable_redis()
    assert [
        word for word in ("REDIS_URL", f"***@127.0.0.1:{port}/0", "built from the database") if word not in sentence
    ] == []
    assert ("hunter2" in sentence, "\n" in sentence) == (False, False)


def test_counters_of_their_own_are_told_apart(settings):
    settings.REDIS_URL = ""
    settings.RATE_LIMIT_REDIS_URL = f"redis://127.0.0.1:{find_free_port()}/0"
    (sentence,) = describe_unreachable_redis()
    assert ("RATE_LIMIT_REDIS_URL" in sentence, "nobody can log in" in sentence) == (True, True)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://:secret@h:1/0", "redis://:***@h:1/0"),
        ("redis://u:p@ss@h/0", "redis://u:***@h/0"),
        ("redis://h/0", "redis://h/0"),
        ("unix:///run/valkey.sock", "unix:///run/valkey.sock"),
    ],
)
def test_hide_password_hides_only_the_password(url, shown):
    assert hide_password(url) == shown
