import pytest
from django.test import Client

from search.models import SearchDay
from tests.builders import make_song

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def counts():
    return list(SearchDay.objects.values_list("words", "searches", "results", "choices"))


def test_the_page_shows_what_was_found_and_counts_the_search(client):
    make_song(title="Purple Rain", artist="Prince")
    page = client.get("/search/", {"q": "Purple RAIN"}).content.decode()
    assert '<mark>Purple</mark> <mark>Rain</mark></a> <span class="muted">Prince</span>' in page
    assert counts() == [("purple rain", 1, 1, 0)]


def test_typing_is_answered_with_the_results_alone_and_not_counted(client):
    make_song(title="Purple Rain")
    part = client.get("/search/", {"q": "purp"}, headers=HTMX).content.decode()
    assert (part.lstrip()[:15], part.count("<mark>"), "<html" in part) == ('<div id="found"', 1, False)
    assert counts() == []


def test_a_page_that_finds_nothing_says_so(client):
    page = client.get("/search/", {"q": "<b>zzz</b>"}).content.decode()
    assert "Nothing matches “&lt;b&gt;zzz&lt;/b&gt;”." in page
    assert counts() == [("b zzz b", 1, 0, 0)]


def test_an_open_page_without_a_search_counts_nothing(client):
    assert (client.get("/search/").status_code, counts()) == (200, [])


@pytest.mark.parametrize("query", [{"q": 101 * "a"}, {"when": "never"}, {"parts": "x"}])
def test_what_makes_no_sense_is_refused(client, query):
    assert client.get("/search/", query).status_code == 400


def test_the_script_tells_of_a_search_and_of_a_choice(client):
    make_song(title="Purple Rain")
    answers = [client.post("/search/heard/", {"q": "purple", **more}) for more in ({}, {"chosen": "1"})]
    assert [answer.status_code for answer in answers] == [204, 204]
    assert counts() == [("purple", 1, 1, 1)]


def test_there_are_never_more_choices_than_searches(client):
    client.post("/search/heard/", {"q": "purple", "chosen": "1"})
    client.post("/search/heard/", {"q": "purple"})
    for _ in range(3):
        client.post("/search/heard/", {"q": "purple", "chosen": "1"})
    assert counts() == [("purple", 1, 0, 1)]


def test_another_site_cannot_count_searches():
    assert Client(enforce_csrf_checks=True).post("/search/heard/", {"q": "x"}).status_code == 403
    assert counts() == []


def test_the_api_finds_the_same(client):
    song = make_song(title="Purple Rain", artist="Prince")
    told = client.get("/api/v1/search", {"q": "prince rain"}).json()
    assert ([song["id"] for song in told["songs"]], told["jams"], told["venues"]) == ([song.pk], [], [])
