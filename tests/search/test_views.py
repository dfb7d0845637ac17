import re

import pytest
from django.test import Client

from search.models import SearchChoice, SearchDay
from tests.builders import make_jam, make_song, make_venue

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def counts():
    return list(SearchDay.objects.values_list("words", "searches", "results", "choices"))


def test_search_page_shows_results_and_marks_words(client):
    make_song(title="Purple Rain", artist="Prince")
    page = client.get("/search/", {"q": "Purple RAIN"}).content.decode()
    assert "<mark>Purple</mark> <mark>Rain</mark></a>" in page
    assert '<span class="muted">Prince</span>' in page
    assert counts() == []


def test_search_page_sends_htmx_only_results_and_counts_nothing(client):
    make_song(title="Purple Rain")
    part = client.get("/search/", {"q": "purp"}, headers=HTMX).content.decode()
    assert (part.lstrip()[:15], part.count("<mark>"), "<html" in part) == ('<div id="found"', 1, False)
    assert counts() == []


def test_search_page_without_results_says_so(client):
    page = client.get("/search/", {"q": "<b>zzz</b>"}).content.decode()
    assert "Nothing found for “&lt;b&gt;zzz&lt;/b&gt;”." in page
    assert counts() == []


def test_search_page_without_a_query_counts_nothing(client):
    assert (client.get("/search/").status_code, counts()) == (200, [])


@pytest.mark.parametrize("query", [{"q": 101 * "a"}, {"when": "never"}, {"parts": "x"}])
def test_search_page_refuses_invalid_parameters(client, query):
    assert client.get("/search/", query).status_code == 400


@pytest.mark.parametrize("address", ["/", "/jams/", "/songs/", "/venues/", "/about/", "/search/", "/nowhere/"])
def test_search_box_is_on_every_page_once(client, address):
    page = client.get(address).content.decode()
    assert len(re.findall(r'<form [^>]*action="/search/" method="get"', page)) == 1
    assert 'href="/search/" aria-label="Search"' in page  # for screens without room for the box


def test_suggestions_show_a_few_of_each_kind_and_a_csrf_token(client):
    for number in range(6):
        venue = make_venue(name=f"Purple Place {number}")
        make_song(title=f"Purple {number}")
        make_jam(name=f"Purple Jam {number}", venue=venue)
    part = client.get("/search/suggestions/", {"q": "purple"}, headers=HTMX).content.decode()
    chosen = re.findall(r'data-chosen="(\w+)-\d+"', part)
    assert chosen == ["song"] * 4 + ["jam"] * 3 + ["venue"] * 2
    assert (part.count("data-token="), 'data-said="9 suggestions"' in part, counts()) == (1, True, [])


def test_suggestions_without_results_say_so(client):
    part = client.get("/search/suggestions/", {"q": "<zzz>"}).content.decode()
    assert ("Nothing found for “&lt;zzz&gt;”." in part, "role=" in part) == (True, False)


def test_log_search_counts_a_search_and_a_choice(client):
    song = make_song(title="Purple Rain")
    asked = {"q": "purple", "chosen": f"song-{song.pk}"}
    answers = [client.post("/search/log/", asked | more) for more in ({"searched": "1"}, {})]
    assert [answer.status_code for answer in answers] == [204, 204]
    assert counts() == [("purple", 1, 1, 1)]
    assert list(SearchChoice.objects.values_list("kind", "target", "times")) == [("song", song.pk, 1)]


def test_log_search_counts_no_more_choices_than_searches(client):
    chosen = f"venue-{make_venue(name='Purple').pk}"
    client.post("/search/log/", {"q": "purple", "chosen": chosen})
    client.post("/search/log/", {"q": "purple"})
    for _ in range(3):
        client.post("/search/log/", {"q": "purple", "chosen": chosen})
    assert (counts(), SearchChoice.objects.get().times) == ([("purple", 1, 1, 1)], 1)


@pytest.mark.parametrize(
    ("chosen", "status"),
    [
        ("1", 400),
        ("attendee-1", 400),
        ("song-", 400),
        ("song-x", 400),
        ("song--1", 400),
        (f"song-{9**30}", 400),
        ("song-99999", 204),
        (f"jam-{2**63}", 204),
    ],
)
def test_log_search_ignores_missing_targets(client, chosen, status):
    client.post("/search/log/", {"q": "purple"})
    assert client.post("/search/log/", {"q": "purple", "chosen": chosen}).status_code == status
    assert (counts(), SearchChoice.objects.count()) == ([("purple", 1, 0, 0)], 0)


ASKING = ["/search/", "/search/suggestions/", "/api/v1/search"]


@pytest.mark.parametrize("address", ASKING)
def test_search_is_rate_limited(client, settings, address):
    """By address until a browser has acted, and by its id afterwards."""
    settings.SEARCH_ADDRESS_RATE = settings.SEARCH_RATE = "2/h"
    known, other = Client(), Client()
    for browser in (known, other):
        browser.get("/api/v1/session")
    for browser in (client, known):
        answers = [browser.get(address, {"q": "love"}) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert 1 <= int(answers[2]["Retry-After"]) <= 3600
        assert "That was a lot at once." in answers[2].content.decode()
    assert (other.get(address, {"q": "love"}).status_code, client.get("/search/").status_code) == (200, 200)


def test_log_search_shares_the_rate_limit_of_search(client, settings):
    settings.SEARCH_ADDRESS_RATE = "1/h"
    assert [client.post("/search/log/", {"q": "x"}).status_code for _ in range(2)] == [204, 429]


def test_log_search_needs_a_csrf_token():
    assert Client(enforce_csrf_checks=True).post("/search/log/", {"q": "x"}).status_code == 403
    assert counts() == []


def test_search_api_finds_what_the_page_finds(client):
    song = make_song(title="Purple Rain", artist="Prince")
    told = client.get("/api/v1/search", {"q": "prince rain"}).json()
    assert ([song["id"] for song in told["songs"]], told["jams"], told["venues"]) == ([song.pk], [], [])
