"""Reading writes nothing, and no script decides what hosts see as "Searched for, not found"."""

import pytest
from django.test import Client
from pytest_django import Settings

from search.models import SearchDay
from tests.builders import make_jam

pytestmark = pytest.mark.django_db


def searches() -> dict[str, int]:
    return dict(SearchDay.objects.values_list("words", "searches"))


@pytest.mark.parametrize("address", ["/search/", "/search/suggestions/", "/api/v1/search"])
def test_search_by_get_writes_nothing(client: Client, address: str) -> None:
    """150 requests wrote 150 rows."""
    assert {client.get(address, {"q": f"wanted {number}"}).status_code for number in range(20)} == {200}
    assert searches() == {}


def test_search_repeated_by_a_script_counts_a_few_times(client: Client) -> None:
    for _ in range(30):
        client.post("/search/log/", {"q": "My Band"})
        Client().post("/search/log/", {"q": "my BAND!"})
    assert searches() == {"my band": 10}


def test_search_repeated_by_a_browser_counts_once_an_hour() -> None:
    known, other = Client(), Client()
    for browser in (known, other):
        browser.get("/api/v1/session")
        for _ in range(3):
            browser.post("/search/log/", {"q": "wonderwall"})
    assert searches() == {"wonderwall": 2}


def test_search_rows_of_an_address_are_bounded(monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
    monkeypatch.setattr("search.rate_limits.LOGGED_SEARCHES_RATE", "5/h")
    assert {client.post("/search/log/", {"q": f"song {number}"}).status_code for number in range(20)} == {204}
    assert len(searches()) == 5


@pytest.mark.parametrize(
    "address",
    [
        *("/search/?parts=free", "/search/?when=near", "/search/suggestions/?q=a", "/api/v1/search?q=a"),
        *("/jams/friday/suggest/?q=a", "/songs/?q={}", "/api/v1/songs?q={}"),
    ],
)
def test_every_search_has_a_limit_by_address(settings: Settings, address: str) -> None:
    """Suggestions for a jam, filters without words and the song list were not counted. What is cached costs nothing."""
    settings.SEARCH_ADDRESS_RATE = "3/h"
    make_jam(slug="friday")
    assert [Client().get(address.format(number)).status_code for number in range(5)] == [200] * 3 + [429] * 2
