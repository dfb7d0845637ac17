"""Disks without room: what cannot be kept is not acknowledged, and all goes on when there is room again."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from jams.models import Jam
from tests.builders import make_jam
from tests.faults.load import MY_HEARTS
from tests.hosts import make_host
from tests.jams.test_pictures import picture, send, stored, upload
from tests.servers import ROOT, Server, environment
from tests.visitors import counts_in

pytestmark = pytest.mark.faults
TAPS = 40


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MB, which takes root to make."""
    assert os.geteuid() == 0, "A disk of our own can be mounted by root only."
    place = tmp_path / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "none", str(place)], check=True)
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@contextmanager
def full(disk: Path) -> Iterator[None]:
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    yield
    ballast.unlink()


@pytest.fixture
def site(small_disk: Path, tmp_path: Path) -> Iterator[tuple[Server, dict[str, Any]]]:
    """A server whose SQLite is on the small disk, and a jam on it."""
    own: dict[str, Any] = {
        "DATABASE_URL": f"sqlite:///{small_disk / 'jam.sqlite3'}",
        "REDIS_URL": "",
        "DATA_DIR": str(tmp_path / "data"),
    }
    server = Server(tmp_path / "server.log", **own)
    line = [sys.executable, "-m", "tests.faults.scene", "1", str(TAPS)]
    made = subprocess.run(line, cwd=ROOT, env=environment(**own), check=True, capture_output=True)
    yield server, json.loads(made.stdout)[0]
    assert server.stop() == 0


def let_go_of_room(database: Path) -> None:
    """Have SQLite give back what its log holds in reserve, into which a vote would fit."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def tap_all(http: httpx.Client, page: str, entries: list[int]) -> dict[int, httpx.Response]:
    headers = {"X-CSRFToken": http.cookies["csrftoken"], "HX-Request": "true"}
    return {entry: http.put(f"{page}songs/{entry}/vote/", headers=headers) for entry in entries}


def test_a_vote_for_which_the_disk_has_no_room_is_a_503_and_not_there(
    site: tuple[Server, dict[str, Any]], small_disk: Path
) -> None:
    server, scene = site
    server.expect("database is unavailable|Service Unavailable")
    page, entries = f"/jams/{scene['slug']}/", scene["entries"]
    with httpx.Client(base_url=server.url, timeout=60) as http:
        http.get(page).raise_for_status()
        let_go_of_room(small_disk / "jam.sqlite3")
        with full(small_disk):
            answers = tap_all(http, page, entries)
            assert http.get(page).status_code == 200
        assert {(one.status_code, one.headers.get("Retry-After")) for one in answers.values()} <= {
            (200, None),
            (503, "2"),
        }
        acknowledged = {entry for entry, answer in answers.items() if answer.status_code == 200}
        assert {int(found) for found in MY_HEARTS.findall(http.get(page).text)} == acknowledged != set(entries)
        assert {answer.status_code for answer in tap_all(http, page, entries).values()} == {200}
        assert counts_in(http.get(page).text) == dict.fromkeys(entries, 1)
    print(f"\n[disk full] {len(acknowledged)} of {TAPS} acknowledged while it was full, the others 503")


def test_a_picture_on_a_full_disk_is_a_507_and_changes_nothing(db: None, settings: Settings, small_disk: Path) -> None:
    owner: User = make_host()
    jam: Jam = make_jam(hosts=(owner,))
    settings.MEDIA_ROOT = small_disk
    with full(small_disk):
        assert send(owner, jam, background=upload(picture())) == 507
    jam.refresh_from_db(fields=["background"])
    assert jam.background.name == ""
    assert send(owner, jam, background=upload(picture())) == 302
    jam.refresh_from_db(fields=["background"])
    assert jam.background.name in stored(small_disk)
