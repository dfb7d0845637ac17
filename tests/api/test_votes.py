import pytest
from django.test import Client

from jams.models import Attendee, Voting
from tests.builders import make_entry, make_jam
from votes.models import Vote

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry():
    return make_entry(jam=make_jam(slug="friday"))


def address(entry):
    return f"/api/v1/jams/{entry.jam.slug}/entries/{entry.pk}/vote"


@pytest.fixture
def listener():
    """A client that is held to CSRF, and the header that it passes with."""
    client = Client(enforce_csrf_checks=True)
    return client, {"X-CSRFToken": client.get("/api/v1/session").json()["csrf_token"]}


def test_a_vote_is_one_however_often_it_is_sent(listener, entry):
    client, headers = listener
    answers = [client.put(address(entry), headers=headers) for _ in range(2)]
    assert [(one.status_code, one.json()) for one in answers] == [(200, {"entry_id": entry.pk, "wanted": True})] * 2
    assert Vote.objects.count() == 1


def test_a_vote_is_taken_back(listener, entry):
    client, headers = listener
    client.put(address(entry), headers=headers)
    answers = [client.delete(address(entry), headers=headers) for _ in range(2)]
    assert [one.json()["wanted"] for one in answers] == [False, False]
    assert Vote.objects.count() == 0


def test_page_and_api_know_the_same_listener(listener, entry):
    client, headers = listener
    client.put(address(entry), headers=headers)
    client.put(f"/jams/friday/songs/{entry.pk}/vote/", headers=headers)
    assert (Vote.objects.count(), Attendee.objects.count()) == (1, 1)


def test_another_site_cannot_vote_for_somebody(listener, entry):
    client, _headers = listener
    response = client.put(address(entry))
    assert (response.status_code, response["Content-Type"]) == (403, "application/problem+json")
    assert Vote.objects.count() == 0


def test_somebody_without_an_id_is_given_one_that_holds(entry):
    client = Client()
    client.put(address(entry))
    client.put(address(entry))
    assert (Vote.objects.count(), "jamsite" in client.cookies) == (1, True)


def test_an_id_that_is_not_ours_is_refused(client, entry):
    client.cookies["jamsite"] = "forged:signature"
    assert client.put(address(entry)).status_code == 403


def test_a_closed_vote_says_why(client, entry):
    entry.jam.voting = Voting.CLOSED
    entry.jam.save()
    response = client.put(address(entry))
    assert (response.status_code, response.json()["detail"]) == (409, "Voting is closed at this jam.")
    assert (Vote.objects.count(), Attendee.objects.count()) == (0, 0)


def test_an_entry_of_another_jam_is_not_there(client, entry):
    make_jam(slug="other")
    assert client.put(f"/api/v1/jams/other/entries/{entry.pk}/vote").status_code == 404


def test_too_many_votes_are_told_to_wait(listener, entry, settings):
    settings.VOTE_RATE = "1/m"
    client, headers = listener
    client.put(address(entry), headers=headers)
    response = client.put(address(entry), headers=headers)
    assert (response.status_code, response.json()["status"], int(response["Retry-After"]) > 0) == (429, 429, True)
