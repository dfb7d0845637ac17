"""The order of names: one table, whatever the database, and the same on a page."""

import html
import random
import re

import pytest
from django.apps import apps
from django.test import override_settings
from django.utils import timezone

from core.fields import refresh_sort_keys
from core.sort_keys import MAX_SPELLING, MAX_WORDS, make_sort_key, make_sort_words
from jams.selectors.console import read_console
from jams.selectors.series import list_hosted_series
from jams.services.host_people import rename_person
from songs.models import Song
from songs.selectors.library import ORDERS
from tests.builders import make_attendee, make_entry, make_jam, make_series, make_song, make_venue
from tests.hosts import browser_of, make_host
from venues.models import Venue

#: Names in the order in which people look for them.
IN_ORDER = [
    "!!!",
    "???",
    "\N{HOT BEVERAGE} Coffee",
    "\N{GUITAR} Riff",
    "7",
    "07 Seconds",
    "17",
    "99 Luftballons",
    "1979",
    "10000000000 Light Years",
    "A",
    "A-ha",
    "\N{LATIN CAPITAL LETTER A WITH RING ABOVE}lesund",
    "Die Another Day",
    "Don't Look Back",
    "Dont Look Back in Anger",
    "\N{LATIN SMALL LETTER E WITH ACUTE}clair",
    "Eddy",
    "Keelers, The",
    "The Keelers",
    "\N{LATIN CAPITAL LETTER L WITH STROKE}askowy Maj",
    "Luna",
    "The Man",
    "A Man Alone",
    "M\N{LATIN CAPITAL LETTER O WITH STROKE}",
    "m\N{LATIN SMALL LETTER O WITH STROKE}rk",
    "resume",
    "Resume",
    "r\N{LATIN SMALL LETTER E WITH ACUTE}sum\N{LATIN SMALL LETTER E WITH ACUTE}",
    "Rock & Roll",
    "Rock and Rolle",
    "Rocka",
    "The",
    "Track 2",
    "Track 10",
    "\N{LATIN CAPITAL LETTER U WITH DIAERESIS}ber",
    "Zebra",
    "\N{GREEK CAPITAL LETTER ALPHA WITH TONOS}λφα",
    "\N{CYRILLIC CAPITAL LETTER YA}блоко",
    "\N{HIRAGANA LETTER A}い",
    "\N{KATAKANA LETTER A}ウ",
    "\N{HIRAGANA LETTER KA}さ",
    "高い壁",
    "\N{HANGUL SYLLABLE GA}을",
    "\N{HANGUL SYLLABLE NA}비",
]


def shuffled() -> list[str]:
    names = list(IN_ORDER)
    random.Random(13).shuffle(names)
    return names


def test_names_are_sorted_as_people_expect() -> None:
    assert sorted(shuffled(), key=make_sort_key) == IN_ORDER
    words = sorted(map(make_sort_words, IN_ORDER))
    assert [make_sort_words(name) for name in IN_ORDER] == words


def test_sort_keys_have_a_limited_length_and_never_fail() -> None:
    assert make_sort_key("") == "\x01\x01"
    for name in ("\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 200, "9" * 200, "\0\ud800", "the", " the the "):
        assert len(make_sort_key(name)) <= MAX_WORDS + 2 * MAX_SPELLING + 2


@pytest.mark.django_db
@pytest.mark.parametrize("order", ["title", "artist"])
def test_databases_sort_songs_in_the_order_of_their_keys(order: str, client) -> None:
    for number, name in enumerate(shuffled()):
        other = f"Same {number}"
        make_song(**({"title": name, "artist": other} if order == "title" else {"title": other, "artist": name}))
    assert list(Song.objects.order_by(*ORDERS[order]).values_list(order, flat=True)) == IN_ORDER
    rows = client.get(f"/api/v1/songs?order={order}&per_page=100").json()["items"]
    assert [row[order] for row in rows] == IN_ORDER
    browser, column = browser_of(make_host()), 1 if order == "title" else 2
    for sign, names in (("", IN_ORDER), ("-", IN_ORDER[::-1])):
        page = browser.get(f"/admin/songs/song/?o={sign}{column}")
        assert [getattr(row, order) for row in page.context["cl"].result_list] == names


@pytest.mark.django_db
def test_databases_sort_venues_in_the_order_of_their_keys(client) -> None:
    twins = IN_ORDER[IN_ORDER.index("resume") + 1 :][:2]
    for name in shuffled():
        if name not in twins:
            make_venue(name=name)
    names = [name for name in IN_ORDER if name not in twins]
    assert list(Venue.objects.values_list("name", flat=True)) == names
    rows = client.get("/api/v1/venues?per_page=100").json()["items"]
    assert [row["name"] for row in rows] == names


@pytest.mark.django_db
def test_databases_sort_series_in_the_order_of_their_keys() -> None:
    host, venue = make_host(), make_venue()
    for name in shuffled():
        make_series(name=name, venue=venue, hosts=(host,))
    assert [series.name for series in list_hosted_series(host)] == IN_ORDER
    page = browser_of(host).get("/admin/jams/series/")
    assert [series.name for series in page.context["cl"].result_list] == IN_ORDER


#: Names of people in the order in which a host looks for them; no two of them look the same.
PEOPLE_IN_ORDER = [
    "???",
    "\N{GUITAR}",
    "7",
    "17",
    "A. Smith",
    "An Nguyen",
    "ana",
    "Ärne",
    "Ben",
    "Élodie",
    "Eve 2",
    "Eve 10",
    "Łukasz",
    "Luz",
    "O'Hara",
    "Øyvind",
    "The Dude",
    "Zoe",
    "Ωμέγα",
    "Яна",
    "\N{HIRAGANA LETTER A}い",
    "鈴木",
    "\N{HANGUL SYLLABLE GA}을",
]


@pytest.mark.django_db
def test_musicians_are_sorted_by_their_stored_keys_everywhere() -> None:
    host, names = make_host(), list(PEOPLE_IN_ORDER)
    jam = make_jam(hosts=(host,))
    random.Random(13).shuffle(names)
    for name in names:
        make_attendee(jam=jam, name=name)
    assert list(jam.attendees.values_list("name", flat=True)) == PEOPLE_IN_ORDER
    console = read_console(jam, now=timezone.now())
    assert [person.name for person in console.people] == console.phones == PEOPLE_IN_ORDER
    page = browser_of(host).get(f"/admin/jams/entry/{make_entry(jam=jam).pk}/change/").content.decode()
    choices = re.findall(r'<option value="\d+">([^<]+)', page.partition("performances-__prefix__-attendee")[2])
    assert [html.unescape(name) for name in choices[: len(names)]] == PEOPLE_IN_ORDER


@pytest.mark.django_db
def test_a_renamed_musician_takes_another_place() -> None:
    jam, host = make_jam(), make_host()
    jam.hosts.add(host)
    for name in ("Ana", "Ben", "Zoe"):
        make_attendee(jam=jam, name=name)
    rename_person(jam=jam, name="Ana", to="Mia", user=host, now=timezone.now())
    assert list(jam.attendees.values_list("name", flat=True)) == ["Ben", "Mia", "Zoe"]


@pytest.mark.django_db
def test_changed_articles_are_followed_after_a_migration(django_assert_num_queries) -> None:
    for title in ("Die Ärzte", "Bravo", "The Cure"):
        make_song(title=title)
    config = apps.get_app_config("songs")
    with override_settings(SORT_ARTICLES=frozenset({"die"})):
        refresh_sort_keys(sender=config, using="default")
        assert list(Song.objects.values_list("title", flat=True)) == ["Die Ärzte", "Bravo", "The Cure"]
        with django_assert_num_queries(2):  # nothing is written again
            refresh_sort_keys(sender=config, using="default")
    refresh_sort_keys(sender=config, using="default")
    assert list(Song.objects.values_list("title", flat=True)) == ["Bravo", "The Cure", "Die Ärzte"]
