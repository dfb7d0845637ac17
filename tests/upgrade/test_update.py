"""An update of a whole site: its database, open pages and waiting jobs of an earlier release, under requests.

The old site is restored, and the present code starts on it as an update starts it, while the phones that were at the
jam ask all the time. Nobody is forgotten, nobody votes twice, and every waiting job runs.
"""

import asyncio
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.db import connection

from core.network import find_free_port
from tests.servers import PATIENCE, ROOT, TOKEN, Server, database_url, environment, wait_until
from tests.visitors import follow

MY_HEARTS = re.compile(r'id="heart-(\d+)"[^>]*aria-pressed="true"')
DONE = re.compile(r'^jamsite_jobs\{state="(\w+)"\} (\S+)$', re.MULTILINE)
NAME = "jamsite_upgrade"
SITES = sorted((Path(__file__).parent / "sites").glob("*.json"))


class UpdatedServer(Server):
    def command(self) -> list[str]:
        return [*super().command(), "--worker"]


class Phone(threading.Thread):
    """A page that has been open since before the update, and asks until it is answered."""

    def __init__(self, url: str, site: dict[str, Any], given: dict[str, Any]) -> None:
        super().__init__(daemon=True)
        self.http = httpx.Client(base_url=url, cookies=given["cookies"], timeout=PATIENCE)
        self.headers = {"X-CSRFToken": given["cookies"]["csrftoken"], "HX-Request": "true"}
        self.page = f"/jams/{site['jam']}/"
        self.hearts: list[int] = given["hearts"]
        self.new_heart: int = site["entries"][-1]
        self.statuses: list[int] = []
        self.html = ""

    def run(self) -> None:
        for pk in self.hearts:
            self.ask("PUT", f"{self.page}songs/{pk}/vote/")  # again, as after an answer that was lost
        self.ask("POST", f"{self.page}songs/{self.new_heart}/vote/", wanted="1")
        self.html = self.ask("GET", self.page)

    def ask(self, method: str, address: str, **data: str) -> str:
        """Ask until there is an answer, whatever it is; return its text."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                answer = self.http.request(method, address, headers=self.headers, data=data or None)
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                self.statuses.append(answer.status_code)
                return answer.text


@pytest.fixture(params=SITES, ids=lambda path: path.stem)
def site(request: pytest.FixtureRequest) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(request.param.read_text())
    return {**loaded, "file": request.param}


@pytest.fixture
def old_site(site: dict[str, Any], transactional_db: None, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Restore the site into a database of its own; the environment of what runs on it."""
    url = f"sqlite:///{tmp_path / 'old.sqlite3'}"
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {NAME}")
        url = f"{database_url().rpartition('/')[0]}/{NAME}"
    own = {
        "DATABASE_URL": url,
        "DATA_DIR": str(tmp_path),
        "SECRET_KEY": site["secret_key"],
        "WORKER_POLL_SECONDS": "0.1",
    }
    line = [sys.executable, "-m", "tests.upgrade.site", "restore", str(site["file"])]
    subprocess.run(line, cwd=ROOT, env={**os.environ, **environment(**own)}, check=True)
    yield own
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


def read_jobs(server: Server) -> dict[str, float]:
    text = server.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
    return {state: float(count) for state, count in DONE.findall(text)}


def test_update_under_requests_forgets_nobody_and_counts_nobody_twice(
    site: dict[str, Any], old_site: dict[str, str], tmp_path: Path
) -> None:
    port = find_free_port()
    url = f"http://127.0.0.1:{port}"
    phones = [Phone(url, site, given) for given in site["phones"]]
    for phone in phones:
        phone.start()
    server = UpdatedServer(tmp_path / "updated.log", port=port, **old_site)
    try:
        for phone in phones:
            phone.join(PATIENCE)
        assert [status for phone in phones for status in phone.statuses if status != 200] == []
        hearts = [{*phone.hearts, phone.new_heart} for phone in phones]
        assert [set(map(int, MY_HEARTS.findall(phone.html))) for phone in phones] == hearts
        counted = {pk: sum(pk in own for own in hearts) for pk in site["entries"]}
        assert asyncio.run(read_counts(server, site["jam"])) == counted
        names = [given["name"] in phone.html for phone, given in zip(phones, site["phones"], strict=True)]
        host = server.get("/host/", cookies={"sessionid": site["host"]})
        program = server.get(
            f"/api/v1/jams/{site['jam']}/report", headers={"Authorization": f"Bearer {site['program']}"}
        )
        assert (names, host.status_code, "anna" in host.text, program.status_code) == ([True] * 4, 200, True, 200)
        wait_until(lambda: read_jobs(server)["ready"] + read_jobs(server)["running"] == 0)
        jobs = read_jobs(server)
        assert (jobs["failed"], jobs["successful"] >= len(site["jobs"])) == (0, True)
    finally:
        assert server.stop() == 0
        for phone in phones:
            phone.http.close()
    assert server.unexpected() == []


async def read_counts(server: Server, slug: str) -> dict[int, int]:
    """Return the votes that the socket of an open page is told."""
    async with follow(server, slug) as follower:
        await follower.next_frame()
        return follower.counts
