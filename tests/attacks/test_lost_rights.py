"""Whoever loses the rights of a host has lost them with the next request, wherever a session or a token is left."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from accounts.models import Scope
from jams.models import Jam, JamStatus
from tests.builders import make_jam, make_token
from tests.hosts import browser_of, make_host

pytestmark = pytest.mark.django_db


def lose_staff(host: User, jam: Jam) -> None:
    User.objects.filter(pk=host.pk).update(is_staff=False)


def lose_account(host: User, jam: Jam) -> None:
    User.objects.filter(pk=host.pk).update(is_active=False)


def lose_group(host: User, jam: Jam) -> None:
    host.groups.clear()


def lose_jam(host: User, jam: Jam) -> None:
    jam.hosts.remove(host)


def ask(browser: Client, token: str) -> dict[str, int]:
    """Return the status of each thing that a host does to the jam "friday"."""
    headers = {"Authorization": f"Bearer {token}"}
    pause = browser.post("/host/friday/pause_jam/")
    resume = Client().post("/api/v1/jams/friday/actions/resume_jam", "{}", "application/json", headers=headers)
    return {
        "console": browser.get("/host/friday/").status_code,
        "arrivals": browser.get("/jams/friday/arrivals/").status_code,
        "report": browser.get("/api/v1/jams/friday/report").status_code,
        "action": pause.status_code,
        "program's report": Client().get("/api/v1/jams/friday/report", headers=headers).status_code,
        "program's action": resume.status_code,
    }


@pytest.mark.parametrize("lose", [lose_staff, lose_account, lose_group, lose_jam])
def test_rights_are_lost_with_the_next_request(lose: Callable[[User, Jam], None]) -> None:
    """Only a blocked account lost its console; without `is_staff` a host went on, and so did the host's programs."""
    host = make_host()
    jam = make_jam(slug="friday", hosts=(host,))
    browser, token = browser_of(host), make_token(user=host, scopes=[Scope.READ, Scope.JAMS])
    before = ask(browser, token)
    assert [what for what, status in before.items() if status not in (200, 303)] == []
    lose(host, jam)
    after = ask(browser, token)
    assert [what for what, status in after.items() if status not in (302, 401, 403, 404)] == []
    assert Jam.objects.get().status == JamStatus.LIVE


def test_lost_rights_end_the_library_too() -> None:
    host = make_host()
    browser, token = browser_of(host), make_token(user=host, scopes=[Scope.LIBRARY])
    headers = {"Authorization": f"Bearer {token}"}
    song = {"title": "Purple Rain", "artist": "Prince"}
    statuses = []
    for is_host in (True, False):
        if not is_host:
            host.groups.clear()
        answer = Client().post("/api/v1/songs", song, content_type="application/json", headers=headers)
        statuses.append((answer.status_code, browser.get("/admin/songs/song/").status_code))
    assert statuses == [(201, 200), (403, 403)]
