"""Votes in the admin: hosts look at those of their own jams, nobody makes any."""

import html
import re
from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import User
from django.urls import reverse

from jams.models import Event, Jam, JamStatus
from tests.builders import make_attendee, make_entry, make_jam, make_song, make_user, make_vote
from tests.hosts import browser_of, make_host
from votes.models import Vote

pytestmark = pytest.mark.django_db

LIST, ADD = "admin:votes_vote_changelist", "admin:votes_vote_add"


@pytest.fixture
def owner() -> User:
    return make_host()


@pytest.fixture
def vote(owner: User) -> Vote:
    entry = make_entry(jam=make_jam(name="Secret Jam", hosts=(owner,)), song=make_song(title="Secret Song"))
    return make_vote(entry=entry, attendee=make_attendee(jam=entry.jam, name="Secret Sam"))


def page(vote: Vote, name: str) -> str:
    return reverse(f"admin:votes_vote_{name}", args=[vote.pk])


def administrator() -> User:
    return make_user(is_staff=True, is_superuser=True)


def test_vote_list_is_visible_to_the_host(owner: User, vote: Vote) -> None:
    client = browser_of(owner)
    pages = [reverse(LIST), page(vote, "change"), page(vote, "history")]
    assert [("Secret" in client.get(address).text) for address in pages] == [True, True, True]


def test_vote_list_is_empty_for_another_host(vote: Vote) -> None:
    client = browser_of(make_host())
    answers = [client.get(address, follow=True) for address in (reverse(LIST), page(vote, "change"))]
    answers += [client.get(reverse(LIST), {"jam": str(vote.entry.jam_id), "q": "secret"})]
    assert [(answer.status_code, "Secret" in answer.text) for answer in answers] == [(200, False)] * 3


@pytest.mark.parametrize("person", ["owner", "other", "administrator"])
def test_votes_cannot_be_added_or_changed(person: str, owner: User, vote: Vote) -> None:
    client = browser_of({"owner": lambda: owner, "other": make_host, "administrator": administrator}[person]())
    forged = {"entry": make_entry(jam=vote.entry.jam).pk, "attendee": vote.attendee_id}
    assert client.post(reverse(ADD), forged).status_code == 403
    assert client.post(page(vote, "change"), forged).status_code == (302 if person == "other" else 403)
    assert list(Vote.objects.values_list("entry", flat=True)) == [vote.entry_id]


@pytest.mark.parametrize(("person", "left"), [("owner", 1), ("other", 1), ("administrator", 0)])
@pytest.mark.parametrize("way", ["delete", "delete_selected"])
def test_votes_can_be_deleted_only_by_a_superuser(way: str, person: str, left: int, owner: User, vote: Vote) -> None:
    client = browser_of({"owner": lambda: owner, "other": make_host, "administrator": administrator}[person]())
    if way == "delete":
        client.post(page(vote, "delete"), {"post": "yes"})
    else:
        client.post(reverse(LIST), {"action": way, "_selected_action": vote.pk, "post": "yes"})
    assert Vote.objects.count() == left


@pytest.mark.parametrize("person", ["stranger", "nobody"])
def test_vote_list_redirects_other_users_to_the_login(person: str, vote: Vote) -> None:
    client = browser_of(make_user() if person == "stranger" else None)
    answers = [
        client.post(address) for address in (reverse(LIST), reverse(ADD), page(vote, "change"), page(vote, "delete"))
    ]
    assert [answer["Location"].partition("?")[0] for answer in answers] == ["/admin/login/"] * 4
    assert Vote.objects.count() == 1


def test_vote_list_filters_by_jam(owner: User, vote: Vote) -> None:
    other = make_vote(entry=make_entry(jam=make_jam(hosts=(owner,))))
    both = {vote, other}
    for query, found in (({}, both), ({"jam": vote.entry.jam_id}, {vote}), ({"jam": "nonsense"}, both)):
        response = browser_of(owner).get(reverse(LIST), query)
        assert set(response.context["cl"].result_list) == found


@pytest.mark.parametrize("number", [1, 30])
def test_vote_list_takes_a_constant_number_of_queries(number: int, owner: User, django_assert_num_queries) -> None:
    for _each in range(number):
        make_vote(entry=make_entry(jam=make_jam(hosts=(owner,))))
    client = browser_of(owner)
    with django_assert_num_queries(10):
        response = client.get(reverse(LIST))
    assert len(response.context["cl"].result_list) == number


# -- One phone's votes ------------------------------------------------------------------------------------

PEOPLE = "/admin/jams/attendee/"


def take_out(user: User | None, vote: Vote, **sure: str) -> Any:
    return browser_of(user).post(PEOPLE, {"action": "take_votes_out", ACTION_CHECKBOX_NAME: vote.attendee_id, **sure})


def test_remove_votes_asks_for_confirmation_first(owner: User, vote: Vote) -> None:
    other = make_vote(entry=vote.entry)
    asked = take_out(owner, vote)
    assert (asked.status_code, "Secret Sam" in asked.text, Vote.objects.count()) == (200, True, 2)
    assert take_out(owner, vote, sure="1").status_code == 302
    assert list(Vote.objects.values_list("pk", flat=True)) == [other.pk]
    event = Event.objects.select_related("user").get()
    assert (event.verb, event.user, event.data["n"], event.data["phones"]) == ("void_votes", owner, 1, 1)


@pytest.mark.parametrize("person", ["other host", "stranger", "nobody"])
def test_remove_votes_is_refused_for_other_users(person: str, vote: Vote) -> None:
    user = {"other host": make_host(), "stranger": make_user(), "nobody": None}[person]
    assert take_out(user, vote, sure="1").status_code == 302
    assert (Vote.objects.count(), Event.objects.count()) == (1, 0)


def test_remove_votes_is_refused_after_the_end(owner: User, vote: Vote) -> None:
    Jam.objects.update(status=JamStatus.ENDED)
    assert take_out(owner, vote, sure="1").status_code == 302
    assert (Vote.objects.count(), Event.objects.count()) == (1, 0)


def test_arrivals_link_to_attendees_with_most_votes_first(owner: User, vote: Vote) -> None:
    many = make_attendee(jam=vote.entry.jam)
    for _song in range(2):
        make_vote(entry=make_entry(jam=vote.entry.jam), attendee=many)
    make_vote(entry=make_entry(jam=make_jam(hosts=(owner,))))
    page = browser_of(owner).get(f"/jams/{vote.entry.jam.slug}/arrivals/").text
    [link] = re.findall(rf'href="({PEOPLE}[^"]+)"', page)
    people = browser_of(owner).get(html.unescape(link)).context["cl"].result_list
    assert [(person.pk, person.vote_count) for person in people] == [(many.pk, 2), (vote.attendee_id, 1)]
