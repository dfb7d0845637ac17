"""Pages to print: what they say, in which order, and how many queries they take."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from jams.models import EntryStatus, Format, SignUps
from tests.builders import (
    make_band,
    make_entry,
    make_jam,
    make_performance,
    make_song,
    make_venue,
    make_vote,
    make_waiting,
)
from tests.hosts import browser_of, make_host

pytestmark = pytest.mark.django_db
NOW = timezone.now()
FLYERS = ["poster", "table-cards"]


@pytest.mark.parametrize(("page", "copies"), [("poster", 1), ("table-cards", 4)])
def test_flyer_says_what_when_and_where(client: Client, page: str, copies: int, settings: Any) -> None:
    settings.BASE_URL = "https://jam.example"
    venue = make_venue(name="The Lantern", address="12 Harbour Street", time_zone="Pacific/Auckland")
    starts_at = datetime(2027, 1, 15, 6, 30, tzinfo=UTC)
    make_jam(slug="friday", code="abcde", name="Open Jam", venue=venue, starts_at=starts_at)
    text = client.get(f"/jams/friday/{page}/").text
    for words in ("<bdi>Open Jam</bdi>", "Friday 15 January, 19:30", "The Lantern", "12 Harbour Street"):
        assert text.count(words) == copies
    assert text.count("<bdi>jam.example/j/abcde</bdi>") == copies
    assert "room code" not in text


@pytest.mark.parametrize("page", FLYERS)
def test_flyer_mentions_the_room_code_and_never_shows_it(client: Client, page: str) -> None:
    make_jam(slug="friday", room_secret="secret")
    assert "To vote, enter the room code on the stage screen." in client.get(f"/jams/friday/{page}/").text


@pytest.mark.parametrize(("length", "is_long"), [(40, False), (41, True)])
def test_flyer_sets_long_names_smaller(client: Client, length: int, is_long: bool) -> None:
    make_jam(slug="friday", name="x" * length)
    assert ("flyer-long" in client.get("/jams/friday/poster/").text) is is_long


def test_running_order_is_that_of_the_queue(client: Client) -> None:
    jam = make_jam(slug="friday")
    played = {"status": EntryStatus.PLAYED, "started_at": NOW - timedelta(minutes=9), "finished_at": NOW}
    make_entry(jam=jam, song=make_song(title="Played"), **played)
    make_vote(entry=make_entry(jam=jam, song=make_song(title="Loved", key="Am", tempo=96)))
    make_entry(jam=jam, song=make_song(title="Deck"), status=EntryStatus.ON_DECK, on_deck_at=NOW)
    make_entry(jam=jam, song=make_song(title="Apple"))
    make_entry(jam=jam, song=make_song(title="Stage"), status=EntryStatus.PLAYING, started_at=NOW)
    make_entry(jam=jam, song=make_song(title="Hidden"), status=EntryStatus.HIDDEN)
    text = client.get("/jams/friday/running-order/").text
    titles = re.findall(r"(\d+)</td>\s*<td><strong><bdi>(\w+)", text)
    assert titles == [("1", "Stage"), ("2", "Deck"), ("3", "Loved"), ("4", "Apple"), ("1", "Played")]
    assert ("<td>Am</td>" in text, ">96</td>" in text) == (True, True)


@pytest.mark.parametrize("sign_ups", SignUps)
def test_running_order_looks_for_players_while_they_can_sign_up(client: Client, sign_ups: SignUps) -> None:
    jam = make_jam(slug="friday", sign_ups=sign_ups)
    make_entry(jam=jam, song=make_song(parts=[{"part": "bass"}]))
    assert ("Looking for: bass" in client.get("/jams/friday/running-order/").text) is (sign_ups == SignUps.OPEN)


@pytest.mark.parametrize("songs", [1, 30])
def test_running_order_takes_three_queries(
    client: Client, songs: int, django_assert_num_queries: Callable[[int], Any]
) -> None:
    jam = make_jam(slug="friday")
    for _ in range(songs):
        make_performance(entry=make_entry(jam=jam))
    with django_assert_num_queries(3):
        assert client.get("/jams/friday/running-order/").text.count("<tr>") == songs + 1


def test_running_order_of_bands_is_a_call_sheet_in_six_queries(
    client: Client, django_assert_num_queries: Callable[[int], Any]
) -> None:
    jam = make_jam(slug="friday", format=Format.BANDS)
    for number in range(12):
        person = make_waiting(jam=jam, name=f"Musician {number}", plays=["bass"])
        make_band(jam=jam, people={person: "bass"}, needs="one mic", place=number)
    make_entry(jam=jam)
    with django_assert_num_queries(6):
        page = client.get("/jams/friday/running-order/").text
    assert [page.count(words) for words in ("☐", "one mic", "between")] == [12, 12, 12]


@pytest.mark.parametrize("page", [*FLYERS, "running-order"])
def test_page_to_print_of_an_unknown_jam_is_not_found(client: Client, page: str) -> None:
    assert client.get(f"/jams/nowhere/{page}/").status_code == 404


def test_hosts_find_all_pages_to_print() -> None:
    host = make_host()
    make_jam(slug="friday", hosts=(host,))
    links = {path: browser_of(host).get(f"/host/friday/{path}").text for path in ("", "report/", "share/")}
    assert 'href="/host/friday/share/"' in browser_of(host).get("/jams/friday/stage/").text
    assert all('href="/host/friday/share/"' in links[path] for path in ("", "report/"))
    for address in ("poster/", "table-cards/", "running-order/", "qr.png", "qr.svg"):
        assert f'href="/jams/friday/{address}"' in links["share/"]
