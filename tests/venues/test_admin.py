"""Venues in the admin: every host can add and change them, and a venue in use cannot be deleted."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from tests.builders import make_jam, make_user, make_venue
from tests.hosts import browser_of, make_host
from venues.models import Venue

pytestmark = pytest.mark.django_db

LIST, ADD = "admin:venues_venue_changelist", "admin:venues_venue_add"


@pytest.fixture
def host() -> User:
    return make_host()


def form(**changes: object) -> dict[str, object]:
    return {
        "name": "Blue Café",
        "slug": "blue-cafe",
        "time_zone": "Europe/Berlin",
        "address": "",
        "description": "",
        **changes,
    }


def page(venue: Venue, name: str) -> str:
    return reverse(f"admin:venues_venue_{name}", args=[venue.pk])


def test_venue_admin_lets_a_host_add_a_venue(host: User) -> None:
    assert browser_of(host).post(reverse(ADD), form()).status_code == 302
    assert list(Venue.objects.values_list("name", "slug")) == [("Blue Café", "blue-cafe")]


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"name": ""}, "name"), ({"slug": "a b"}, "slug"), ({"time_zone": "Europe/Nowhere"}, "time_zone")],
)
def test_venue_admin_reports_invalid_values_as_form_errors(changes: dict, field: str, host: User) -> None:
    response = browser_of(host).post(reverse(ADD), form(**changes))
    assert (response.status_code, list(response.context["adminform"].form.errors)) == (200, [field])


def test_venue_admin_reports_a_taken_name_in_another_spelling(host: User) -> None:
    make_venue(name="BLUE CAFE")
    response = browser_of(host).post(reverse(ADD), form())
    assert (response.status_code, "There is already a venue with this name." in response.text) == (200, True)


def test_venue_admin_keeps_the_slug(host: User) -> None:
    venue = make_venue(slug="here")
    browser_of(host).post(page(venue, "change"), form(slug="there"))
    venue.refresh_from_db()
    assert (venue.name, venue.slug) == ("Blue Café", "here")


def test_venue_admin_deletes_an_unused_venue(host: User) -> None:
    browser_of(host).post(page(make_venue(), "delete"), {"post": "yes"})
    assert Venue.objects.count() == 0


def test_venue_admin_keeps_a_venue_in_use_and_names_no_jam(host: User) -> None:
    jam = make_jam(name="Secret Jam")
    response = browser_of(host).post(page(jam.venue, "delete"), {"post": "yes"})
    assert ("jams: 1" in response.text, "Secret" in response.text, Venue.objects.count()) == (True, False, 1)


def test_venue_admin_restores_an_archived_venue(host: User) -> None:
    venue = make_venue(archived=True)
    browser_of(host).post(reverse(LIST), {"action": "unarchive", "_selected_action": venue.pk})
    assert Venue.objects.get().archived is False


@pytest.mark.parametrize("person", ["stranger", "nobody", "staff without rights"])
def test_venue_admin_is_only_for_hosts(person: str) -> None:
    venue = make_venue()
    users: dict[str, Callable[[], User | None]] = {
        "stranger": make_user,
        "nobody": lambda: None,
        "staff without rights": lambda: make_user(is_staff=True),
    }
    user = users[person]()
    client = browser_of(user)
    answers = [client.post(reverse(ADD), form()), client.post(page(venue, "change"), form())]
    answers += [client.post(page(venue, "delete"), {"post": "yes"})]
    answers += [client.post(reverse(LIST), {"action": "archive", "_selected_action": venue.pk})]
    assert {answer.status_code for answer in answers} == {403 if user and user.is_staff else 302}
    assert list(Venue.objects.values_list("name", "archived")) == [(venue.name, False)]


@pytest.mark.parametrize("number", [1, 30])
def test_venue_admin_list_takes_the_same_queries_for_any_number(
    number: int, host: User, django_assert_num_queries
) -> None:
    for _each in range(number):
        make_venue()
    client = browser_of(host)
    with django_assert_num_queries(8):
        response = client.get(reverse(LIST))
    assert len(response.context["cl"].result_list) == number
