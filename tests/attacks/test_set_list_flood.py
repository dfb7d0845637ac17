"""One script must not fill the set list: people and jams have limits, and a board has a bounded size."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.exceptions import Conflict
from jams.live.close_codes import TOO_LARGE
from jams.live.hub import MAX_MESSAGE_BYTES, Room
from jams.models import Attendee, Entry, EntryStatus, Jam
from jams.selectors.board import read_board
from jams.services.suggestions import MAX_OPEN_PER_JAM, MAX_OPEN_PER_PERSON, suggest_song
from songs.models import Song
from tests.builders import make_attendee, make_entry, make_jam, make_song
from tests.servers import Server
from tests.visitors import Visit, follow

NOW = timezone.now()


def suggest(attendee: Attendee, number: int) -> Entry:
    return suggest_song(jam=attendee.jam, attendee=attendee, title=f"Song {number}", artist="Script", now=NOW).entry


@pytest.mark.django_db
def test_a_person_has_a_few_open_suggestions_at_a_time() -> None:
    attendee = make_attendee()
    entries = [suggest(attendee, number) for number in range(MAX_OPEN_PER_PERSON)]
    with pytest.raises(Conflict, match="You already have 5 songs"):
        suggest(attendee, 99)
    assert (Entry.objects.count(), Song.objects.count()) == (MAX_OPEN_PER_PERSON, MAX_OPEN_PER_PERSON)
    Entry.objects.filter(pk=entries[0].pk).update(status=EntryStatus.PLAYED, started_at=NOW, finished_at=NOW)
    assert suggest(attendee, 99).status == EntryStatus.QUEUED
    assert suggest(make_attendee(jam=attendee.jam), 100).status == EntryStatus.QUEUED


@pytest.mark.django_db
def test_a_jam_has_a_limit_that_the_hosts_own_songs_do_not_fill() -> None:
    jam = make_jam()
    for number in range(MAX_OPEN_PER_JAM):
        make_entry(jam=jam, suggested_by=make_attendee(jam=jam, browser=f"b{number}"))
    make_entry(jam=jam)
    with pytest.raises(Conflict, match="set list is full"):
        suggest(make_attendee(jam=jam, browser="late"), 1)
    jam.entries.exclude(suggested_by=None).first().delete()  # type: ignore[union-attr]  # there are some
    assert suggest(make_attendee(jam=jam, browser="later"), 1).pk


@pytest.mark.django_db
def test_a_song_that_is_listed_already_is_not_counted() -> None:
    attendee = make_attendee()
    for number in range(MAX_OPEN_PER_PERSON):
        suggest(attendee, number)
    listed = make_entry(jam=attendee.jam, song=make_song(title="Creep", artist="Radiohead"))
    found = suggest_song(jam=attendee.jam, attendee=attendee, title="Creep", artist="Radiohead", now=NOW)
    assert found.entry == listed


def fill(jam: Jam, number: int, *, title: str = "Song", artist: str = "Band", **values: Any) -> list[Entry]:
    """Put so many songs on the list at once, as an import does."""
    songs = Song.objects.bulk_create([Song(title=f"{title}{n}", artist=artist) for n in range(number)])
    before = NOW - timedelta(hours=1)
    return Entry.objects.bulk_create([Entry(jam=jam, song=song, created_at=before, **values) for song in songs])


ALPHABETS = ["Song ", "long " * 38, "\u97f3" * 190, "\U0001f3b8" * 190, "&" * 190, "\ufdfa" * 190]
HISTORY: dict[str, Any] = {"status": EntryStatus.PLAYED, "started_at": NOW, "finished_at": NOW}


@pytest.mark.django_db
@pytest.mark.parametrize("title", ALPHABETS, ids=ascii)
@pytest.mark.parametrize("values", [{}, HISTORY], ids=["queue", "history"])
def test_a_board_fits_a_message_whatever_is_on_it(title: str, values: dict[str, Any]) -> None:
    jam = make_jam()
    make_entry(jam=jam, status=EntryStatus.PLAYING, started_at=NOW)
    fill(jam, 400, title=title, artist=title, **values)
    board = read_board(jam.slug, order=1)
    assert board.html.count('id="entry-') > 5
    assert len(board.html.encode()) < MAX_MESSAGE_BYTES - 10_000
    assert len(board.updates_since(replace(board, places=frozenset(), sections={})).encode()) < MAX_MESSAGE_BYTES


@pytest.mark.django_db
def test_a_full_board_says_where_the_other_songs_are(client: Client) -> None:
    jam = make_jam()
    fill(jam, 40)
    address = f'href="/jams/{jam.slug}/songs/"'
    short = read_board(jam.slug, order=1)
    assert short.html.count('class="entry"') == 40
    assert 'id="queue-more" class="queue-more" hidden' in short.html
    fill(jam, 960, artist="Another")
    long = read_board(jam.slug, order=2)
    assert 100 < long.html.count('class="entry"') < 1000
    assert address in long.sections["queue-more"]
    assert "Show all 1000 songs" in long.updates_since(short)
    assert '<span id="queue-count" class="fold-count">1000</span>' in long.html
    assert len(client.get(jam.get_absolute_url()).content) < 300_000


@pytest.mark.django_db
def test_songs_on_stage_and_on_deck_are_on_a_full_board() -> None:
    jam = make_jam()
    fill(jam, 1000)
    on_stage = make_entry(jam=jam, status=EntryStatus.PLAYING, started_at=NOW, song=make_song(title="Zulu"))
    on_deck = make_entry(jam=jam, status=EntryStatus.ON_DECK, on_deck_at=NOW, song=make_song(title="Zydeco"))
    board = read_board(jam.slug, order=1)
    assert f'id="entry-{on_deck.pk}"' in board.queue
    assert "Zulu" in board.sections["on-stage"]
    assert on_stage.pk not in {row.song.entry_id for row in board.rows}


def read_song_titles(html: str) -> list[str]:
    return re.findall(r'<h3 class="song-title"><bdi>(.*?)</bdi>', html)


@pytest.mark.django_db
def test_every_song_is_on_a_page_and_can_be_voted_for(client: Client) -> None:
    jam = make_jam()
    entries = fill(jam, 250)
    make_entry(jam=jam, song=make_song(title="Zulu"), **HISTORY)
    make_entry(jam=jam, song=make_song(title="Hidden"), status=EntryStatus.HIDDEN)
    address = f"/jams/{jam.slug}/songs/"
    pages = [client.get(address, {"page": page}).text for page in (1, 2, 3)]
    titles = [title for page in pages for title in read_song_titles(page)]
    assert titles == [*sorted(f"Song{number}" for number in range(250)), "Zulu"]
    assert [page.count('class="heart"') for page in pages] == [100, 100, 50]
    assert client.get(address, {"page": 4}).status_code == 404
    last = max(entries, key=lambda entry: entry.song.title)
    assert client.post(f"{address}{last.pk}/vote/", {"wanted": "1"}).status_code == 303
    assert f'id="heart-{last.pk}" class="heart" type="submit" form="hearts"' in pages[2]
    assert client.get(address, {"page": 3}).text.count('aria-pressed="true"') == 1


@pytest.mark.django_db
@pytest.mark.parametrize("number", [1, 90])
def test_a_page_of_songs_takes_as_many_queries_however_long(client: Client, number: int) -> None:
    jam = make_jam()
    fill(jam, number)
    client.get(f"/jams/{jam.slug}/songs/")
    with CaptureQueriesContext(connection) as queries:
        client.get(f"/jams/{jam.slug}/songs/")
    assert len(queries) == 4  # the jam, the attendee, the songs, their performers


@pytest.mark.django_db
def test_the_api_pages_through_a_long_set_list(client: Client) -> None:
    jam = make_jam()
    fill(jam, 350)
    make_entry(jam=jam, song=make_song(title="Zulu"), **HISTORY)
    detail = client.get(f"/api/v1/jams/by-slug/{jam.slug}").json()
    assert (detail["song_count"], len(detail["entries"])) == (351, 300)
    found, page = [], 1
    while page:
        answer = client.get(f"/api/v1/jams/by-slug/{jam.slug}/entries", {"per_page": 100, "page": page}).json()
        found += answer["items"]
        page = answer["next"]
    assert found[:300] == detail["entries"]
    assert [row["place"] for row in found] == [*range(1, 351), None]


def test_a_long_set_list_is_live(server: Server, visit: Visit) -> None:
    """A message above the limit was dropped in silence, and pages said "Connected" and stood still."""
    jam = make_jam()
    entry = fill(jam, 2842)[0]
    connection.close()
    visitor = visit(server, jam)

    async def scenario() -> tuple[int, dict[int, int]]:
        async with follow(server, jam.slug) as follower:
            first = await follower.next_frame()
            await asyncio.to_thread(visitor.tap, entry)
            while follower.counts.get(entry.pk) != 1:
                await follower.next_frame()
            return max(len(frame.encode()) for frame in (first, *follower.frames)), follower.counts

    longest, counts = asyncio.run(scenario())
    assert longest < MAX_MESSAGE_BYTES
    assert counts[entry.pk] == 1


class Phone:
    """A socket without a network; `closed` is what it was closed with."""

    def __init__(self) -> None:
        self.closed: list[int | None] = []
        self.base_send: Callable[[dict[str, Any]], Awaitable[None]] = self.fail

    async def fail(self, message: Any) -> None:
        raise AssertionError(message)

    async def close(self, code: int | None = None) -> None:
        self.closed.append(code)


def test_a_message_that_is_too_long_closes_its_socket() -> None:
    """A board cannot be so long; if it is all the same, its pages must poll."""
    phone, room = Phone(), Room("here", "en")

    async def scenario() -> None:
        await room.add(phone, seen="")
        await room.broadcast("\u97f3" * (MAX_MESSAGE_BYTES // 3 + 1))

    asyncio.run(scenario())
    assert (phone.closed, room.sockets) == ([TOO_LARGE], set())
