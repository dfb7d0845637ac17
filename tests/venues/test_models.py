"""Constraints, fields and querysets of venues."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from tests.builders import make_venue
from venues.models import Venue, validate_time_zone

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["blue lantern", "BLUE  LANTERN", "Blüe Lantern"])
def test_venue_name_once(name: str) -> None:
    make_venue(name="Blue Lantern")
    with pytest.raises(IntegrityError, match=r"venue_name_once|venues_venue\.name_key"):
        make_venue(name=name)


def test_venue_slug_once() -> None:
    make_venue(slug="here")
    with pytest.raises(IntegrityError, match="slug"):
        make_venue(slug="here")


def test_venue_name_keeps_case_and_loses_extra_spaces() -> None:
    assert make_venue(name="  Zum\t Blauen\u202e  Bock ").name == "Zum Blauen Bock"


def test_venue_current_leaves_out_archived_venues() -> None:
    kept = make_venue()
    make_venue(archived=True)
    assert list(Venue.objects.current()) == [kept]


@pytest.mark.parametrize("name", ["", "Berlin", "europe/berlin", "../UTC"])
def test_venue_refuses_an_unknown_time_zone(name: str) -> None:
    with pytest.raises(ValidationError):
        validate_time_zone(name)


def test_venue_zone_is_its_time_zone() -> None:
    assert str(make_venue(time_zone="Pacific/Auckland").zone) == "Pacific/Auckland"


@pytest.mark.parametrize(
    ("zone", "name"),
    [("Europe/Berlin", "Berlin"), ("America/Argentina/Buenos_Aires", "Buenos Aires"), ("UTC", "UTC")],
)
def test_venue_zone_name_is_its_city(zone: str, name: str) -> None:
    assert Venue(time_zone=zone).zone_name == name
