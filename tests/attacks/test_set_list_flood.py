"""One script must not fill the set list: a person and a jam have limits; a board too long for a message is polled."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from websockets.exceptions import ConnectionClosed, InvalidStatus

from core.exceptions import Conflict
from jams.live.close_codes import TOO_LARGE
from jams.models import Attendee, Entry, EntryStatus, Jam
from jams.services.suggestions import MAX_OPEN_PER_JAM, MAX_OPEN_PER_PERSON, suggest_song
from songs.models import Song
from tests.builders import make_attendee, make_entry, make_jam, make_song
from tests.servers import Server
from tests.visitors import follow

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


def fill(jam: Jam, number: int) -> None:
    """Put so many songs with long titles on the list; 600 make a board of more than 1 MiB."""
    songs = Song.objects.bulk_create([Song(title=f"{'long ' * 38}{n}", artist="long " * 38) for n in range(number)])
    Entry.objects.bulk_create([Entry(jam=jam, song=song, created_at=NOW - timedelta(hours=1)) for song in songs])
    connection.close()


def test_a_board_that_fits_no_message_has_no_socket(server: Server) -> None:
    """A message above 1 MiB was dropped in silence, and pages said "Connected" and stood still: now they poll."""
    jam = make_jam()
    fill(jam, 600)

    async def scenario() -> None:
        async with follow(server, jam.slug):
            pass

    with pytest.raises(InvalidStatus) as refusal:
        asyncio.run(scenario())
    assert refusal.value.response.status_code == 403


def test_a_board_that_outgrows_a_message_closes_its_sockets(start_server: Callable[..., Server]) -> None:
    server = start_server(LIVE_TICK_SECONDS="0.05", LIVE_RECHECK_SECONDS="0.1", BOARD_CACHE_SECONDS="1")
    jam = make_jam()
    make_entry(jam=jam)
    connection.close()

    async def scenario() -> int:
        async with follow(server, jam.slug) as follower:
            await follower.next_frame()
            await asyncio.to_thread(fill, jam, 900)
            with pytest.raises(ConnectionClosed) as closed:
                await follower.next_frame()
            return closed.value.rcvd.code  # type: ignore[union-attr]  # the server closes it

    assert asyncio.run(scenario()) == TOO_LARGE
