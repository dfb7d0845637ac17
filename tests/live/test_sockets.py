"""What a socket is told, on a real server."""

import asyncio
import re
from collections.abc import Callable

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin

from tests.builders import make_attendee, make_entry, make_jam, make_performance, make_song, make_vote
from tests.servers import Server
from tests.visitors import Follower, Visit, counts_in, follow, until


def test_a_socket_gets_the_whole_board_first(server: Server) -> None:
    entry = make_vote().entry

    async def scenario() -> str:
        async with follow(server, entry.jam.slug) as follower:
            return await follower.next_frame()

    frame = asyncio.run(scenario())
    assert counts_in(frame) == {entry.pk: 1}
    assert f'id="entry-{entry.pk}"' in frame


def test_a_page_that_is_up_to_date_gets_only_the_order(server: Server, visit: Visit) -> None:
    entry = make_entry()
    order = re.search(r"\?seen=(\d+)", visit(server, entry.jam).html)[1]  # type: ignore[index]  # every page has one

    async def scenario() -> tuple[str, str]:
        async with follow(server, entry.jam.slug, query=f"?seen={order}") as up_to_date:
            same = await up_to_date.next_frame()
        async with follow(server, entry.jam.slug, query="?seen=1") as old:
            return same, await old.next_frame()

    same, other = asyncio.run(scenario())
    assert same == f'<data id="board-order" value="{order}" hidden></data>'
    assert counts_in(other) == {entry.pk: 0}


def test_one_vote_is_one_small_frame(server: Server, visit: Visit) -> None:
    jam = make_jam()
    entries = [make_entry(jam=jam) for _ in range(30)]
    visitor = visit(server, jam)

    async def scenario() -> tuple[str, int]:
        async with follow(server, jam.slug) as follower:
            await follower.next_frame()
            before = follower.order
            await asyncio.to_thread(visitor.tap, entries[7])
            frame = await follower.next_frame()
            return frame, follower.order - before

    frame, newer = asyncio.run(scenario())
    assert counts_in(frame) == {entries[7].pk: 1}
    assert len(frame) < 200
    assert newer > 0


def test_many_votes_at_once_are_few_frames(server: Server, visit: Visit) -> None:
    entry = make_entry()
    visitors = [visit(server, entry.jam) for _ in range(20)]

    async def scenario() -> list[str]:
        async with follow(server, entry.jam.slug) as follower:
            await follower.next_frame()
            listening = asyncio.create_task(follower.listen())
            started = asyncio.get_running_loop().time()
            await asyncio.gather(*(asyncio.to_thread(visitor.tap, entry) for visitor in visitors))
            await until(lambda: follower.counts == {entry.pk: 20})
            ticks = (asyncio.get_running_loop().time() - started) / 0.2
            listening.cancel()
            assert len(follower.frames) - 1 <= ticks + 2
            return follower.frames

    assert counts_in(asyncio.run(scenario())[-1]) == {entry.pk: 20}


def test_a_jam_hears_nothing_of_another(server: Server, visit: Visit) -> None:
    here, there = make_entry(), make_entry()
    visitor, other = visit(server, here.jam), visit(server, there.jam)

    async def scenario() -> list[str]:
        async with follow(server, here.jam.slug) as follower:
            await follower.next_frame()
            await asyncio.to_thread(other.tap, there)
            await asyncio.to_thread(visitor.tap, here)
            await follower.next_frame()
            return follower.frames

    assert [counts_in(frame) for frame in asyncio.run(scenario())] == [{here.pk: 0}, {here.pk: 1}]


def test_frames_hold_nothing_personal_and_no_chord_sheet(server: Server, visit: Visit) -> None:
    entry = make_entry(song=make_song(chord_url="https://chords.example/a"), chord_url="https://chords.example/b")
    musician = make_attendee(jam=entry.jam, name="Dana", browser="b" * 64)
    make_performance(entry=entry, attendee=musician)
    visitor = visit(server, entry.jam)

    async def scenario() -> str:
        async with follow(server, entry.jam.slug) as follower:
            await follower.next_frame()
            await asyncio.to_thread(visitor.tap, entry)
            await follower.next_frame()
            return "".join(follower.frames)

    frames = asyncio.run(scenario())
    assert "Dana" in frames
    secrets = ["chords.example", "b" * 64, "csrf", visitor.http.cookies["jamsite"], 'aria-pressed="true"']
    assert [secret for secret in secrets if secret in frames] == []


def test_sockets_show_what_musicians_do_and_nothing_personal(server: Server, visit: Visit) -> None:
    entry = make_entry(song=make_song(parts=[{"part": "drums"}]))
    dana = visit(server, entry.jam)
    dana.say("me/join/", name="Dana", plays="keys").raise_for_status()

    async def scenario() -> list[str]:
        async with follow(server, entry.jam.slug) as follower:
            await follower.next_frame()
            for address, data in (("sign-up", {"part": "drums"}), ("chords", {"url": "https://chords.example/a"})):
                await asyncio.to_thread(dana.say, f"songs/{entry.pk}/{address}/", **data)
            await asyncio.to_thread(dana.tap, entry)
            await until_told(follower, {entry.pk: 1})
            return follower.frames

    frames = "".join(asyncio.run(scenario()))
    assert "<bdi>Dana</bdi> drums" in frames
    attendee = entry.jam.attendees.get()
    secrets = [
        "chords.example",
        "duckduckgo",
        "csrf",
        attendee.browser,
        dana.http.cookies["jamsite"],
        'id="me"',
        "keys",
    ]
    assert [secret for secret in secrets if secret and secret in frames] == []


async def until_told(follower: Follower, counts: dict[int, int]) -> None:
    while follower.counts != counts:
        await follower.next_frame()


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1"])
def test_a_page_from_elsewhere_may_not_listen(server: Server, origin: str) -> None:
    jam = make_jam()

    async def scenario() -> None:
        async with follow(server, jam.slug, origin=origin):
            pass

    with pytest.raises(InvalidStatus) as refusal:
        asyncio.run(scenario())
    assert refusal.value.response.status_code == 403


def test_a_jam_that_is_not_there_has_no_socket(server: Server) -> None:
    async def scenario() -> None:
        async with follow(server, "nowhere"):
            pass

    with pytest.raises(InvalidStatus) as refusal:
        asyncio.run(scenario())
    assert refusal.value.response.status_code == 403


@pytest.mark.parametrize("path", ["/ws/", "/ws/jams//", "/nowhere/", "/ws/jams/a/b/", f"/ws/jams/{'a' * 81}/"])
def test_an_unknown_address_has_no_socket(server: Server, path: str) -> None:
    """It was a 500 and a traceback in the log for each try; for a long slug, a warning."""

    async def scenario() -> None:
        async with connect(f"{server.websocket_url}{path}", origin=Origin(server.url)):
            pass

    with pytest.raises(InvalidStatus) as refusal:
        asyncio.run(scenario())
    assert refusal.value.response.status_code == 403


def close_code_after(server: Server, visit: Visit, say: list[str | bytes]) -> int:
    """Return the code with which the server closes a socket that says all this, while another one listens on."""
    jam = make_jam()
    entry = make_entry(jam=jam)
    visitor = visit(server, jam)

    async def scenario() -> int:
        async with follow(server, jam.slug) as rude, follow(server, jam.slug) as polite:
            await rude.next_frame()
            await polite.next_frame()
            try:
                for words in say:
                    await rude.socket.send(words)
                await rude.next_frame()
            except ConnectionClosed as closed:
                code = closed.rcvd.code if closed.rcvd else 1006
            await asyncio.to_thread(visitor.tap, entry)
            await polite.next_frame()
            assert polite.counts == {entry.pk: 1}
            return code

    return asyncio.run(scenario())


@pytest.mark.parametrize(
    ("say", "code"),
    [
        (['{"type": "_private"}'] * 11, 4008),
        ([b"\x00\xff"] * 11, 4008),
        (["x" * 5000], 1009),
        (["[" * 4000] * 11, 4008),
    ],
)
def test_a_socket_that_talks_too_much_is_shown_the_door(
    server: Server, visit: Visit, say: list[str | bytes], code: int
) -> None:
    assert close_code_after(server, visit, say) == code


def test_a_few_words_are_ignored(server: Server, visit: Visit) -> None:
    entry = make_entry()
    visitor = visit(server, entry.jam)

    async def scenario() -> dict[int, int]:
        async with follow(server, entry.jam.slug) as follower:
            await follower.next_frame()
            for words in ("hello", b"\x00", "[" * 1000, '{"type": "jam.changed"}'):
                await follower.socket.send(words)
            await asyncio.to_thread(visitor.tap, entry)
            await follower.next_frame()
            return follower.counts

    assert asyncio.run(scenario()) == {entry.pk: 1}


def test_a_change_that_nobody_announced_is_noticed_anyway(start_server: Callable[..., Server]) -> None:
    server = start_server(LIVE_RECHECK_SECONDS="0.2", BOARD_CACHE_SECONDS="1")
    entry = make_entry()

    async def scenario() -> dict[int, int]:
        async with follow(server, entry.jam.slug) as follower:
            await follower.next_frame()
            await asyncio.to_thread(make_silent_vote, entry.pk)
            await follower.next_frame()
            return follower.counts

    assert asyncio.run(scenario()) == {entry.pk: 1}


def make_silent_vote(entry_id: int) -> None:
    """A row that comes without any signal, as from another program."""
    from django.db import connection

    from jams.models import Entry
    from votes.models import Vote

    entry = Entry.objects.select_related("jam").get(pk=entry_id)
    Vote.objects.bulk_create([Vote(entry=entry, attendee=make_attendee(jam=entry.jam))])
    connection.close()
