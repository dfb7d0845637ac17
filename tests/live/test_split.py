"""Pages by gunicorn, sockets by daphne: two kinds of processes that have to be one site."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from core.network import find_free_port
from operations.server.dev_databases import run_valkey
from tests.builders import make_entry
from tests.programs import find_program
from tests.servers import PATIENCE, ROOT, Server
from tests.visitors import Visit, follow, until

VOTERS = 30
RECHECK = 60  # seconds


class Split(Server):
    """A `manage.py split`."""

    def choose_port(self) -> int:
        return find_free_port()

    def command(self) -> list[str]:
        line = [sys.executable, "manage.py", "split", "--prepare", "--port", str(self.port)]
        return [*line, "--workers", "2", "--threads", "4"]


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    with run_valkey(tmp_path / "valkey") as url:
        yield url


@pytest.fixture
def split(transactional_db: None, tmp_path: Path, redis_url: str) -> Iterator[Split]:
    find_program("nginx", "nginx-light")
    site = Split(tmp_path / "split.log", REDIS_URL=redis_url, LIVE_RECHECK_SECONDS=str(RECHECK))
    yield site
    assert site.stop() == 0
    assert site.unexpected() == []


def test_votes_taken_by_gunicorn_reach_the_sockets_of_daphne(split: Split, visit: Visit, redis_url: str) -> None:
    """The timed look at the board comes after a minute; what is there before it was brought by an announcement."""
    entry = make_entry()
    people = [visit(split, entry.jam) for _ in range(VOTERS)]
    counter = redis.from_url(redis_url)

    async def scenario() -> int:
        async with follow(split, entry.jam.slug) as follower:
            listening = asyncio.create_task(follower.listen())
            people[0].tap(entry).raise_for_status()
            await until(lambda: follower.counts == {entry.pk: 1}, 2 * RECHECK)  # it may not be subscribed yet
            before = counter.info("stats")["total_connections_received"]
            for person in people[1:]:
                (await asyncio.to_thread(person.tap, entry)).raise_for_status()
            await until(lambda: follower.counts == {entry.pk: VOTERS}, RECHECK - 15)
            listening.cancel()
            after = counter.info("stats")["total_connections_received"]
            return int(after - before)

    assert asyncio.run(scenario()) < VOTERS / 2
    counter.close()


def test_styles_and_scripts_are_nginx_s_to_serve(split: Split) -> None:
    """What the application serves says more of itself."""
    paths = re.findall(r'(?:href|src)="(/static/[^"]+\.(?:css|js|svg))"', split.get("/").text)
    assert len(paths) > 5
    for path in paths:
        answer = split.get(path)
        assert answer.status_code == 200, path
        assert answer.headers["Cache-Control"] == "max-age=315360000, public, immutable"
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Referrer-Policy" not in answer.headers
    split.expect("Not Found: /static/")
    missing, plain = split.get("/static/css/site.0123456789ab.css"), split.get("/static/css/site.css")
    assert (missing.status_code, plain.status_code) == (404, 200)
    assert "Referrer-Policy" in missing.headers
    assert "immutable" not in plain.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"REDIS_URL": ""}, "Set REDIS_URL"),
        ({"REDIS_URL": "redis://127.0.0.1:1", "PATH": "/nowhere"}, "nginx is missing"),
    ],
)
def test_what_the_split_shape_lacks_is_said_in_one_sentence(
    tmp_path: Path, changes: dict[str, str], sentence: str
) -> None:
    line = [sys.executable, "manage.py", "split", "--port", str(find_free_port())]
    own = {"DJANGO_SETTINGS_MODULE": "jamsite.settings", "DATA_DIR": str(tmp_path)}
    env = {**os.environ, **own, "DATABASE_URL": f"sqlite:///{tmp_path / 'none.sqlite3'}", **changes}
    told = subprocess.run(line, cwd=ROOT, env=env, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (told.returncode, told.stdout) == (1, "")
    assert sentence in told.stderr
    assert len(told.stderr.splitlines()) == 1
