"""What other apps and search engines are told of a page."""

import re
from datetime import UTC, datetime

import pytest
from django.test import Client
from pytest_django import Settings

from tests.builders import make_jam, make_venue

pytestmark = pytest.mark.django_db


def properties(client: Client, path: str) -> dict[str, str]:
    """Return the Open Graph properties of the page at `path`, and its canonical URL."""
    page = client.get(path).text
    return {
        **dict(re.findall(r'<meta property="og:(\w+)" content="([^"]*)">', page)),
        "canonical": re.findall(r'<link rel="canonical" href="([^"]*)">', page)[0],
    }


@pytest.fixture
def harbour() -> object:
    venue = make_venue(name="Harbour Light", slug="harbour", address="1 Quay Street", time_zone="Pacific/Auckland")
    starts_at = datetime(2026, 11, 27, 7, 30, tzinfo=UTC)
    return make_jam(slug="friday", name='"Friday" & friends', venue=venue, starts_at=starts_at)


def test_link_to_a_jam_shows_name_venue_and_local_time(client: Client, harbour: object) -> None:
    shown = properties(client, "/jams/friday/")
    assert (shown["title"], shown["url"]) == ("&quot;Friday&quot; &amp; friends", "http://testserver/jams/friday/")
    assert shown["description"].startswith("Harbour Light, Fri 27 Nov 2026, 20:30.")
    assert shown["canonical"] == shown["url"]


def test_link_previews_have_a_picture_at_an_absolute_url(client: Client, harbour: object) -> None:
    pictures = {properties(client, path)["image"] for path in ("/", "/jams/friday/", "/venues/harbour/")}
    assert all(re.fullmatch(r"http://testserver/static/img/share\.\S*png", url) for url in pictures)


def test_link_preview_shows_the_jams_own_picture(client: Client, settings: Settings) -> None:
    settings.BASE_URL = "https://jam.example"
    make_jam(slug="friday", background="jams/0123456789abcdef0123456789abcdef.webp")
    shown = properties(client, "/jams/friday/")
    assert shown["image"] == "https://jam.example/media/jams/0123456789abcdef0123456789abcdef.webp"
    assert shown["url"] == "https://jam.example/jams/friday/"


def test_cached_pages_name_the_host_they_were_asked_at(client: Client, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["one.example", "two.example"]
    urls = [
        re.findall('og:url" content="([^"]*)"', client.get("/", headers={"Host": host}).text)
        for host in ("one.example", "two.example")
    ]
    assert urls == [["http://one.example/"], ["http://two.example/"]]


def test_jam_is_a_music_event_for_search_engines(client: Client, harbour: object) -> None:
    page = client.get("/jams/friday/").text
    told = dict(re.findall(r'itemprop="(\w+)" (?:content|href)="([^"]*)"', page))
    assert (told["startDate"], told["address"]) == ("2026-11-27T20:30:00+13:00", "1 Quay Street")
    assert 'itemtype="https://schema.org/MusicEvent"' in page
