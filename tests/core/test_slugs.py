"""Addresses made from names."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, connections
from django.utils import timezone

from jams.models import Jam
from tests.builders import make_jam, make_venue
from tests.core.test_security_headers import routes
from venues.models import Venue


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Friday Jam", "friday-jam"),
        ("Żółć & Söhne", "zoc-sohne"),
        ("🎸🥁", "jam-.{5}"),
        ("ジャム", "jam-.{5}"),
        ("../admin", "admin"),
        ("x" * 120, "x{60}"),
        ("- -", "jam-.{5}"),
    ],
)
def test_a_name_becomes_an_address(name, slug):
    assert re.fullmatch(slug, make_jam(name=name, slug="").slug)


@pytest.mark.django_db
def test_the_second_of_a_name_gets_an_address_of_its_own():
    first, second = (make_jam(name="Friday Jam", slug="") for _ in range(2))
    assert (first.slug, re.fullmatch(r"friday-jam-\w{5}", second.slug) is not None) == ("friday-jam", True)


@pytest.mark.django_db
def test_a_typed_address_is_kept_or_refused_and_never_changed():
    assert make_jam(slug="mine").slug == "mine"
    with pytest.raises(IntegrityError):
        make_jam(slug="mine")


@pytest.mark.django_db
def test_another_rule_that_is_broken_is_not_taken_for_the_address():
    now = timezone.now()
    with pytest.raises(IntegrityError):
        Jam.objects.create(name="x", venue=make_venue(), starts_at=now, ends_at=now)


@pytest.mark.django_db(transaction=True)
def test_two_hundred_jams_of_one_name_have_two_hundred_slugs():
    venue, now = make_venue(), timezone.now()
    if connection.vendor == "sqlite":
        connection.close()

    def make(number: int) -> str:
        try:
            values = {"venue": venue, "starts_at": now, "ends_at": now + timedelta(hours=1)}
            return Jam.objects.create(name="Friday Jam", **values).slug
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        slugs = list(threads.map(make, range(200)))
    assert (len(set(slugs)), Jam.objects.count()) == (200, 200)
    assert "friday-jam" in slugs


@pytest.mark.django_db
def test_a_venue_gets_one_too():
    assert Venue.objects.create(name="The Attic").slug == "the-attic"


@pytest.mark.parametrize("place", ["jams", "venues"])
def test_no_address_of_ours_looks_like_the_one_of_a_row(place):
    """A row called "new" would never be seen if there were a page /jams/new/."""
    seconds = {route.split("/")[1] for route in routes() if route.startswith(f"{place}/")}
    assert [word for word in seconds if re.fullmatch(r"[-\w]+", word)] == []
