import gzip
from typing import Any

import pytest
from django.test import Client

from jams.identity import browser_cookie
from jams.models import Jam
from tests.builders import make_entry, make_jam, make_performance, make_song, make_vote

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("songs", [1, 60])
def test_jam_page_takes_four_queries_cold_and_one_warm(
    client: Client, songs: int, django_assert_num_queries: Any
) -> None:
    jam = make_jam()
    for _ in range(songs):
        vote = make_vote(entry=make_entry(jam=jam))
        make_performance(entry=vote.entry)
    client.get("/about/")
    client.get(make_jam().get_absolute_url())  # where the browser gets its id
    with django_assert_num_queries(4):
        client.get(jam.get_absolute_url())
    with django_assert_num_queries(1):
        client.get(jam.get_absolute_url())


def test_jam_page_shows_only_my_hearts(client: Client) -> None:
    entry = make_entry()
    client.put(f"{entry.jam.get_absolute_url()}songs/{entry.pk}/vote/")
    pages = [browser.get(entry.jam.get_absolute_url()).content.decode() for browser in (client, Client())]
    assert [page.count('aria-pressed="true"') for page in pages] == [1, 0]


def test_jam_page_is_not_cached(client: Client) -> None:
    response = client.get(make_jam().get_absolute_url())
    assert "private" in response["Cache-Control"]
    assert browser_cookie.COOKIE in response.cookies


def test_jam_page_keeps_the_browser_id(client: Client) -> None:
    address = make_jam().get_absolute_url()
    client.get(address)
    assert browser_cookie.COOKIE not in client.get(address).cookies


def test_jam_page_shows_the_start_in_the_venues_time_zone(client: Client) -> None:
    jam = make_jam()
    jam.venue.time_zone = "Pacific/Auckland"
    jam.venue.save()
    Jam.objects.filter(pk=jam.pk).update(starts_at="2026-11-23T06:30:00Z", ends_at="2026-11-23T10:30:00Z")
    assert "Monday 23 November, 19:30\u201323:30 NZDT" in client.get(jam.get_absolute_url()).content.decode()


def test_board_fragment_is_the_same_for_everyone(client: Client) -> None:
    entry = make_entry()
    client.put(f"{entry.jam.get_absolute_url()}songs/{entry.pk}/vote/")
    mine, theirs = (browser.get(f"/jams/{entry.jam.slug}/board/") for browser in (client, Client()))
    assert mine.content == theirs.content
    assert b"csrf" not in mine.content
    assert not theirs.cookies


@pytest.mark.parametrize("address", ["", "board/", "qr.svg"])
def test_unknown_jam_is_not_found(client: Client, address: str) -> None:
    assert client.get(f"/jams/nowhere/{address}").status_code == 404


def test_qr_code_is_a_picture(client: Client) -> None:
    response = client.get(f"/jams/{make_jam().slug}/qr.svg")
    assert response["Content-Type"] == "image/svg+xml"
    assert response.content.startswith(b"<?xml")


def test_qr_code_contains_the_public_url(client: Client, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["192.0.2.7", "testserver"]
    address = f"/jams/{make_jam().slug}/qr.svg"
    asked_here = client.get(address).content
    asked_by_a_phone = client.get(address, headers={"host": "192.0.2.7:8000"}).content
    settings.BASE_URL = "https://jam.example"
    assert len({asked_here, asked_by_a_phone, client.get(address).content}) == 3


def test_song_title_cannot_break_out_of_its_label(client: Client) -> None:
    entry = make_entry(song=make_song(title='"><script>alert(1)</script>'))
    assert b"<script>alert" not in client.get(entry.jam.get_absolute_url()).content


def test_jam_page_is_smaller_than_30_kb_when_compressed(client: Client) -> None:
    jam = make_jam()
    for _ in range(60):
        make_performance(entry=make_vote(entry=make_entry(jam=jam)).entry)
    response = client.get(jam.get_absolute_url(), headers={"accept-encoding": "gzip"})
    assert response["Content-Encoding"] == "gzip"
    assert gzip.decompress(response.content).count(b'id="entry-') == 60
    assert len(response.content) < 30_000
