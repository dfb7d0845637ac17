"""Two sites on different ports of one host name: browsers send all cookies to both, and nobody has set anything."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.servers import PATIENCE, ROOT, Server, environment

PASSWORD = "a long enough password"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
BY_HAND = ("COOKIE_LABEL", "SECRET_KEY")
WITHOUT = ["env", *(word for name in BY_HAND for word in ("-u", name))]


class Site(Server):
    """A site with its data in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.changes = {"DJANGO_SETTINGS_MODULE": "jamsite.settings", "DATA_DIR": str(folder)}
        self.changes["DATABASE_URL"] = f"sqlite:///{folder / 'site.sqlite3'}"
        folder.mkdir()
        super().__init__(folder / "server.log", port=None, **self.changes)

    def command(self) -> list[str]:
        return [*WITHOUT, *super().command()]

    def create_account(self, name: str) -> None:
        line = [*WITHOUT, sys.executable, "manage.py", "createsuperuser", "--noinput", f"--username={name}", "--email="]
        own = {**os.environ, **environment(**self.changes), "DJANGO_SUPERUSER_PASSWORD": PASSWORD}
        subprocess.run(line, cwd=ROOT, env=own, check=True, stdout=subprocess.DEVNULL)


@pytest.fixture
def twins(tmp_path: Path) -> Iterator[list[Site]]:
    sites = [Site(tmp_path / name) for name in ("one", "other")]
    yield sites
    assert [site.stop() for site in sites] == [0, 0]


def log_in(browser: httpx.Client, site: Site, name: str) -> None:
    page = browser.get(f"{site.url}/admin/login/").text
    found = TOKEN.search(page)
    assert found
    fields = {"csrfmiddlewaretoken": found[1], "username": name, "password": PASSWORD}
    browser.post(f"{site.url}/admin/login/", data=fields, headers={"Origin": site.url})


def test_a_login_at_one_site_ends_none_at_its_twin(twins: list[Site]) -> None:
    for site in twins:
        site.create_account("anna")
    with httpx.Client(timeout=PATIENCE) as browser:
        for site in twins:
            log_in(browser, site, "anna")
        assert [browser.get(f"{site.url}/host/").status_code for site in twins] == [200, 200]
        names = {cookie.name for cookie in browser.cookies.jar}
    assert len({name for name in names if name.endswith("-sessionid")}) == 2
    assert {name.partition("-")[2] for name in names} == {"csrftoken", "sessionid"}
