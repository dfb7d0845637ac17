"""Listeners share one rendered jam page, in which only what is theirs differs."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from core.caching.page_shells import PageShells
from jams.models import Jam, Voting
from tests.builders import make_entry, make_jam
from tests.hosts import browser_of, make_host

pytestmark = pytest.mark.django_db
TOKEN = re.compile(r"\b[A-Za-z0-9]{64}\b")


@pytest.fixture
def jam() -> Jam:
    return make_entry(jam=make_jam(hosts=(make_host(),))).jam


def is_rendered(response: Any) -> bool:
    return "jams/detail.html" in {template.name for template in response.templates}


def visit(jam: Jam, client: Client | None = None, headers: dict[str, str] | None = None) -> Any:
    response = (client or Client()).get(jam.get_absolute_url(), headers=headers)
    assert response.status_code == 200
    return response


def vote(jam: Jam) -> Client:
    """Return a browser that has voted for the song."""
    client = Client()
    entry = jam.entries.get()
    assert client.put(f"{jam.get_absolute_url()}songs/{entry.pk}/vote/").status_code == 200
    return client


def test_the_second_listener_gets_the_page_of_the_first(jam: Jam) -> None:
    first, second = visit(jam), visit(jam)
    tokens = [set(TOKEN.findall(response.content.decode())) for response in (first, second)]
    assert (is_rendered(first), is_rendered(second)) == (True, False)
    assert TOKEN.sub("", second.content.decode()) == TOKEN.sub("", first.content.decode())
    assert [len(found) for found in tokens] == [1, 1]
    assert tokens[0] != tokens[1]
    assert "hole-" not in second.content.decode()


def test_a_shared_page_shows_a_listener_their_own_hearts(jam: Jam) -> None:
    voter = vote(jam)
    pages = [visit(jam, client).content.decode() for client in (Client(), voter)]
    assert [page.count('aria-pressed="true"') for page in pages] == [0, 1]
    assert is_rendered(visit(jam, voter)) is False


def test_a_shared_page_is_what_a_listener_would_get_alone(jam: Jam, monkeypatch: pytest.MonkeyPatch) -> None:
    voter = vote(jam)
    visit(jam)
    shared = visit(jam, voter).content.decode()
    monkeypatch.setattr(PageShells, "render", lambda self, key, *, version, build, parts: build(parts))
    alone = visit(jam, voter).content.decode()
    assert [TOKEN.sub("", page).split() for page in (shared, alone)] == [TOKEN.sub("", alone).split()] * 2
    assert len(shared) < len(alone), "the empty lines of the templates stay behind"


def test_a_changed_jam_is_rendered_anew(jam: Jam, django_capture_on_commit_callbacks: Callable[..., object]) -> None:
    visit(jam)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]  # it is a context manager
        jam.voting = Voting.CLOSED
        jam.description = "Bring your own harmonica."
        jam.save()
    response = visit(jam)
    assert is_rendered(response)
    assert "Bring your own harmonica." in response.content.decode()


def test_languages_and_hosts_have_pages_of_their_own(jam: Jam) -> None:
    visit(jam)
    assert '<html lang="de"' in visit(jam, headers={"Accept-Language": "de"}).content.decode()
    assert is_rendered(visit(jam, headers={"Host": "127.0.0.1:8001"}))
    for asked in ({"Accept-Language": "de"}, {"Host": "127.0.0.1:8001"}):
        assert not is_rendered(visit(jam, headers=asked))


def test_musicians_hosts_and_views_of_the_queue_are_not_shared(jam: Jam) -> None:
    musician = Client()
    assert musician.post(f"{jam.get_absolute_url()}me/join/", {"name": "Ana"}).status_code < 400
    visit(jam)
    host = browser_of(jam.hosts.get())
    sorted_page: Any = Client().get(jam.get_absolute_url(), {"sort": "title"})
    assert [is_rendered(response) for response in (visit(jam, musician), visit(jam, host), sorted_page)] == [True] * 3
    shared = visit(jam)
    assert (is_rendered(shared), "Ana" in shared.content.decode()) == (False, False)


def test_nobody_can_write_a_hole_into_a_page() -> None:
    shells = PageShells("board")
    page = shells.render(
        "x", version=(1,), build=lambda holes: f"hole-board {{board}} {holes['board']}", parts={"board": "OK"}
    )
    assert page == "hole-board {board} OK"
    assert PageShells("board").holes != shells.holes
