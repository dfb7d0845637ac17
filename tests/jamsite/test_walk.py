"""Every address as everybody: what is public is the same for all, and what is not is kept by nobody."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from jams.models import Jam
from tests.builders import make_user
from tests.hosts import browser_of, make_host
from tests.pages import KINDS, PERSONAL, PUBLIC, World, addresses, make_world

pytestmark = pytest.mark.django_db

NOTHING_KEPT = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
TOKEN = re.compile(rb"csrf", re.IGNORECASE)


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def everybody(world: World) -> list[Client]:
    """A stranger, a listener who voted, the jam's host, another host, and an administrator."""
    listener, host = Client(), make_host()
    listener.put(world.address("votes:heart"))
    Jam.objects.get(pk=world.jam.pk).hosts.add(host)
    return [Client(), listener, browser_of(host), browser_of(make_host()), browser_of(make_user(is_superuser=True))]


def answers(people: list[Client], address: str) -> list[tuple[int, bytes, dict[str, str]]]:
    found = [person.get(address) for person in people]
    return [(answer.status_code, answer.content, headers_of(answer)) for answer in found]


def headers_of(answer: Any) -> dict[str, str]:
    """Return all headers but the one that is new for every answer."""
    return {name: value for name, value in answer.items() if name != "X-Request-ID"}


def test_every_address_says_whom_its_answer_is_for() -> None:
    assert sorted({name for name, _ in addresses()} ^ KINDS.keys()) == []  # see tests/pages.py


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_page_is_made_the_same_for_everybody(
    world: World, everybody: list[Client], name: str, settings: Settings
) -> None:
    settings.CACHES = NOTHING_KEPT
    first, *others = answers(everybody, world.address(name))
    assert first[0] == 200
    assert others == [first] * 4


@pytest.mark.parametrize("order", [list, lambda people: people[::-1]], ids=["stranger first", "administrator first"])
@pytest.mark.parametrize("name", PUBLIC)
def test_a_kept_page_is_the_same_for_everybody(
    world: World, everybody: list[Client], name: str, order: Callable[[list[Client]], list[Client]]
) -> None:
    first, *others = answers(order(everybody), world.address(name))
    assert others == [first] * 4


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_page_holds_nothing_of_a_visitor(world: World, everybody: list[Client], name: str) -> None:
    found = [person.get(world.address(name)) for person in everybody]
    assert [dict(answer.cookies) for answer in found] == [{}] * 5
    assert [TOKEN.findall(answer.content) for answer in found] == [[]] * 5
    assert {answer["Vary"] for answer in found} == {"Accept-Encoding, Accept-Language"}
    assert {answer["Cache-Control"] for answer in found} == {"public, max-age=0, must-revalidate"}


@pytest.mark.parametrize("name", PERSONAL)
def test_a_personal_page_is_kept_by_nobody(world: World, everybody: list[Client], name: str) -> None:
    found = [person.get(world.address(name)) for person in everybody]
    said = [answer["Cache-Control"] for answer in found if answer.status_code < 400]
    assert [words for words in said if "private" not in words or "no-store" not in words] == []
    assert [answer.headers.get("ETag") for answer in found] == [None] * 5


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_page_costs_nothing_the_second_time(
    client: Client, world: World, name: str, django_assert_num_queries: Callable
) -> None:
    address = world.address(name)
    etag = client.get(address)["ETag"]
    with django_assert_num_queries(0):
        assert client.get(address).status_code == 200
        assert client.get(address, headers={"if-none-match": etag}).status_code == 304
