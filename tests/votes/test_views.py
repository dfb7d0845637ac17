from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from jams.identity import browser_cookie
from jams.models import Attendee, Entry, EntryStatus, JamStatus, Voting
from tests.builders import make_entry, make_jam, make_song, make_vote
from votes.models import Vote

pytestmark = pytest.mark.django_db
NOW = timezone.now()
HTMX = {"HX-Request": "true"}


@pytest.fixture
def tap(client: Client) -> Callable[..., HttpResponse]:
    """Tap a heart as a page does that was opened before."""

    def tap(entry: Entry, method: str = "put", *, slug: str = "", **options: Any) -> HttpResponse:
        page = entry.jam.get_absolute_url()
        if browser_cookie.COOKIE not in client.cookies:
            client.get(page)
        address = f"/jams/{slug or entry.jam.slug}/songs/{entry.pk}/vote/"
        response: HttpResponse = getattr(client, method)(address, **options)
        return response

    return tap


def sentence(response: Any) -> str:
    return str(response.content.decode())


def test_put_and_delete_are_idempotent(tap: Callable[..., HttpResponse]) -> None:
    entry = make_entry()
    assert [tap(entry).status_code, tap(entry).status_code, Vote.objects.count()] == [200, 200, 1]
    assert [tap(entry, "delete").status_code, tap(entry, "delete").status_code, Vote.objects.count()] == [200, 200, 0]


def test_htmx_response_is_only_the_heart(tap: Callable[..., HttpResponse]) -> None:
    entry = make_entry(song=make_song(title="Hey Jude"))
    answer = sentence(tap(entry, headers=HTMX))
    assert answer.startswith(f'<button id="heart-{entry.pk}"')
    assert answer.endswith("></button>")
    assert 'aria-pressed="true" aria-label="I want to hear Hey Jude"' in answer
    assert "hx-preserve" not in answer


@pytest.mark.parametrize(("wanted", "votes"), [("1", 1), ("0", 0)])
def test_plain_form_redirects_to_the_song(tap: Callable[..., HttpResponse], wanted: str, votes: int) -> None:
    entry = make_entry()
    tap(entry) if wanted == "0" else None
    response = tap(entry, "post", data={"wanted": wanted})
    assert (response.status_code, response["Location"]) == (303, f"/jams/{entry.jam.slug}/#entry-{entry.pk}")
    assert Vote.objects.count() == votes


def test_form_posted_by_htmx_returns_the_heart(tap: Callable[..., HttpResponse]) -> None:
    response = tap(make_entry(), "post", data={"wanted": "1"}, headers=HTMX)
    assert (response.status_code, sentence(response)[:7]) == (200, "<button")


@pytest.mark.parametrize("data", [{}, {"wanted": ""}, {"wanted": "yes"}, {"wanted": "2"}, {"wanted": "1\x00"}])
def test_wanted_must_be_1_or_0(tap: Callable[..., HttpResponse], data: dict[str, str]) -> None:
    response = tap(make_entry(), "post", data=data)
    assert response.status_code == 400
    assert "“wanted” must be 1 or 0" in sentence(response)
    assert Vote.objects.count() + Attendee.objects.count() == 0


@pytest.mark.parametrize(
    ("jam", "entry", "status", "words"),
    [
        ({"status": JamStatus.ENDED}, {}, 409, "This jam has ended."),
        ({"voting": Voting.CLOSED}, {}, 409, "Voting is closed"),
        ({"voting": Voting.MUSICIANS}, {}, 403, "Join in with your name first."),
        ({}, {"status": EntryStatus.PLAYING, "started_at": NOW}, 409, "already on stage"),
        ({}, {"status": EntryStatus.PLAYED, "started_at": NOW, "finished_at": NOW}, 409, "already been played"),
        ({}, {"status": EntryStatus.HIDDEN}, 404, "on the set list"),
    ],
)
def test_refusal_has_status_and_sentence(
    tap: Callable[..., HttpResponse], jam: dict[str, Any], entry: dict[str, Any], status: int, words: str
) -> None:
    response = tap(make_entry(jam=make_jam(**jam), **entry), headers=HTMX)
    assert response.status_code == status
    assert words in sentence(response)
    assert Vote.objects.count() + Attendee.objects.count() == 0


def test_vote_for_a_song_of_another_jam_is_not_found(tap: Callable[..., HttpResponse]) -> None:
    response = tap(make_entry(), slug=make_jam().slug)
    assert (response.status_code, Vote.objects.count()) == (404, 0)


def test_refusal_without_htmx_is_a_whole_page(tap: Callable[..., HttpResponse]) -> None:
    page = sentence(tap(make_entry(jam=make_jam(voting=Voting.CLOSED)), "post", data={"wanted": "1"}))
    assert "Voting is closed at this jam." in page
    assert "</html>" in page


@pytest.mark.parametrize("value", ["nonsense", "a:b:c", "", "x" * 4000])
def test_forged_cookie_is_refused_and_replaced(client: Client, value: str) -> None:
    entry = make_entry()
    client.cookies[browser_cookie.COOKIE] = value
    response = client.put(f"/jams/{entry.jam.slug}/songs/{entry.pk}/vote/")
    assert (response.status_code, Attendee.objects.count()) == (403, 0)
    assert "Reload the page" in sentence(response)
    client.get(entry.jam.get_absolute_url())
    assert client.put(f"/jams/{entry.jam.slug}/songs/{entry.pk}/vote/").status_code == 200


def test_cookie_signed_for_another_purpose_is_refused(client: Client) -> None:
    entry = make_entry()
    response = HttpResponse()
    response.set_signed_cookie(browser_cookie.COOKIE, "somebody", salt="another salt")
    client.cookies.update(response.cookies)
    assert client.put(f"/jams/{entry.jam.slug}/songs/{entry.pk}/vote/").status_code == 403


def test_browser_without_a_cookie_gets_one_with_its_vote(client: Client) -> None:
    entry = make_entry()
    address = f"/jams/{entry.jam.slug}/songs/{entry.pk}/vote/"
    cookie = client.put(address).cookies[browser_cookie.COOKIE]
    client.put(address)
    assert Vote.objects.count() == 1
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")


def test_browser_keys_differ_per_jam_and_browser(client: Client) -> None:
    entry, elsewhere = make_entry(), make_entry()
    for browser in (client, Client()):
        browser.put(f"/jams/{entry.jam.slug}/songs/{entry.pk}/vote/")
    client.put(f"/jams/{elsewhere.jam.slug}/songs/{elsewhere.pk}/vote/")
    assert (entry.votes.count(), elsewhere.votes.count()) == (2, 1)
    assert Attendee.objects.values("browser").distinct().count() == 3


@pytest.mark.parametrize("method", ["put", "delete", "post"])
def test_vote_needs_the_csrf_token(method: str) -> None:
    entry = make_entry()
    strict = Client(enforce_csrf_checks=True)
    strict.get(entry.jam.get_absolute_url())
    address = f"/jams/{entry.jam.slug}/songs/{entry.pk}/vote/"
    refused = getattr(strict, method)(address, headers=HTMX)
    assert (refused.status_code, Vote.objects.count()) == (403, 0)
    assert "Reload it and try again." in sentence(refused)
    token = {"X-CSRFToken": strict.cookies["csrftoken"].value}
    assert strict.put(address, headers=token).status_code == 200


def test_get_of_the_vote_url_changes_nothing(tap: Callable[..., HttpResponse]) -> None:
    assert (tap(make_entry(), "get").status_code, Vote.objects.count()) == (405, 0)


def test_votes_are_rate_limited_per_browser(tap: Callable[..., HttpResponse], settings: Any) -> None:
    settings.VOTE_RATE = "2/h"
    entry = make_entry()
    answers = [tap(entry) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 0 < int(answers[2]["Retry-After"]) <= 3600
    assert Client().put(f"/jams/{entry.jam.slug}/songs/{entry.pk}/vote/").status_code == 200


@pytest.mark.parametrize("wishes", [0, 50])
def test_vote_takes_a_constant_number_of_queries(
    tap: Callable[..., HttpResponse], wishes: int, django_assert_num_queries: Any
) -> None:
    entry = make_entry()
    tap(make_entry(jam=entry.jam))
    for _ in range(wishes):
        make_vote(entry=entry)
    with django_assert_num_queries(6):  # song, attendee, vote, vote written, and two marks of a savepoint
        tap(entry)


def test_vote_for_a_song_deleted_meanwhile_is_not_found(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*args: Any, **kwargs: Any) -> None:
        raise IntegrityError("violates foreign key constraint")

    entry = make_entry()
    monkeypatch.setattr("votes.services.votes._write_votes", gone)
    assert client.put(f"/jams/{entry.jam.slug}/songs/{entry.pk}/vote/", headers=HTMX).status_code == 404
    assert Attendee.objects.count() == 0


def test_vote_during_a_database_outage_is_unavailable(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    entry = make_entry()
    monkeypatch.setattr("votes.services.votes._write_votes", away)
    response = client.put(f"/jams/{entry.jam.slug}/songs/{entry.pk}/vote/", headers=HTMX)
    assert (response.status_code, response["Retry-After"]) == (503, "2")
