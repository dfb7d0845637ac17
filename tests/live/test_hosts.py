"""Two hosts, two phones, one stage; and a console that hears of what the public board does not show."""

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from django.contrib.auth.models import User
from django.test import Client

from jams.models import Entry, EntryStatus, Event, Jam
from tests.builders import make_entry, make_jam
from tests.hosts import make_host
from tests.servers import PATIENCE, Server
from tests.visitors import follow

ROUNDS = 8


class HostPhone:
    """A phone whose host is logged in, with the console open."""

    def __init__(self, server: Server, user: User, jam: Jam) -> None:
        session = Client()
        session.force_login(user)
        self.http = httpx.Client(
            base_url=server.url, timeout=PATIENCE, cookies={"sessionid": session.cookies["sessionid"].value}
        )
        self.console = f"/host/{jam.slug}/"
        page = self.http.get(self.console).raise_for_status().text
        self.token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page)[1]  # type: ignore[index]  # every page has one

    def tap(self, path: str, **sent: str) -> httpx.Response:
        headers = {"X-CSRFToken": self.token, "HX-Request": "true"}
        return self.http.post(f"{self.console}{path}", data=sent, headers=headers)


@pytest.fixture
def phones(server: Server) -> Iterator[tuple[Jam, list[HostPhone]]]:
    """A live jam with two hosts, each at their phone."""
    hosts = (make_host(), make_host())
    jam = make_jam(hosts=hosts)
    found = [HostPhone(server, host, jam) for host in hosts]
    yield jam, found
    for phone in found:
        phone.http.close()


def both(phones: list[HostPhone], *taps: tuple[str, dict[str, str]]) -> list[int]:
    """Let each host do their tap at the same time; return the answers' status codes."""
    with ThreadPoolExecutor(2) as threads:
        answers = threads.map(lambda pair: pair[0].tap(pair[1][0], **pair[1][1]), zip(phones, taps, strict=True))
        return sorted(answer.status_code for answer in answers)


def test_two_hosts_who_start_the_same_song_at_once_start_it_once(phones: tuple[Jam, list[HostPhone]]) -> None:
    jam, hosts = phones
    for _ in range(ROUNDS):
        entry = make_entry(jam=jam)
        start = (f"songs/{entry.pk}/start_song/", {"seen": ""})
        assert both(hosts, start, start) == [200, 200]
        assert Event.objects.filter(verb="start_song", entry=entry).count() == 1
        hosts[0].tap(f"songs/{entry.pk}/finish_song/").raise_for_status()


def test_two_hosts_who_start_two_songs_at_once_start_one(server: Server, phones: tuple[Jam, list[HostPhone]]) -> None:
    server.expect("Conflict|HTTP POST /host/.* 409")
    jam, hosts = phones
    for _ in range(ROUNDS):
        entries = [make_entry(jam=jam), make_entry(jam=jam)]
        codes = both(hosts, *[(f"songs/{entry.pk}/start_song/", {"seen": ""}) for entry in entries])
        playing = Entry.objects.get(jam=jam, status=EntryStatus.PLAYING)
        assert (codes, playing in entries) == ([200, 409], True)
        hosts[0].tap(f"songs/{playing.pk}/finish_song/").raise_for_status()
    assert jam.events.filter(verb="start_song").count() == ROUNDS


def test_two_hosts_who_are_done_at_once_count_one_play(phones: tuple[Jam, list[HostPhone]]) -> None:
    jam, hosts = phones
    for _ in range(ROUNDS):
        entry = make_entry(jam=jam)
        hosts[0].tap(f"songs/{entry.pk}/start_song/", seen="").raise_for_status()
        done: tuple[str, dict[str, str]] = (f"songs/{entry.pk}/finish_song/", {})
        assert both(hosts, done, done) == [200, 200]
        entry.song.refresh_from_db()
        assert entry.song.times_played == 1


def test_only_hosts_hear_that_something_hidden_changed(server: Server, phones: tuple[Jam, list[HostPhone]]) -> None:
    jam, hosts = phones
    entry = make_entry(jam=jam, status=EntryStatus.SUGGESTED)

    async def scenario() -> str:
        async with follow(server, jam.slug) as follower:
            await follower.next_frame()
            await asyncio.to_thread(hosts[0].tap, f"songs/{entry.pk}/hide_song/")
            return await follower.next_frame()

    assert re.fullmatch(r'<data id="board-order" value="\d+" hidden></data>', asyncio.run(scenario()))
