"""Sockets that come and go, fall silent, shout, or send rubbish."""

import asyncio
import os
import time
from contextlib import suppress
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Origin

from tests.faults.load import SOON, Night
from tests.faults.stack import Stack, Web
from tests.faults.wire import Wire, to_port
from tests.servers import wait_until

pytestmark = pytest.mark.faults
WAVES, AT_ONCE = 20, 100


def address(night: Night, url: str) -> str:
    return f"{url.replace('http', 'ws', 1)}/ws/jams/{night.slug}/"


async def say_hello(night: Night, url: str) -> ClientConnection:
    return await connect(address(night, url), origin=Origin(url), max_size=2**22, ping_interval=None)


def memory(web: Web) -> int:
    """Return the resident memory of a process in MB."""
    pages = int(Path(f"/proc/{web.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


def open_files(web: Web) -> int:
    return len(list(Path(f"/proc/{web.process.pid}/fd").iterdir()))


async def come_and_go(night: Night, stack: Stack) -> None:
    """Half of them say good-bye, the others are cut off."""
    found = await asyncio.gather(*(say_hello(night, stack.url) for _ in range(AT_ONCE)))
    for number, socket in enumerate(found):
        if number % 2:
            socket.transport.abort()
            await socket.wait_closed()
        else:
            await socket.close()


def test_two_thousand_sockets_come_and_go_and_nothing_stays(stack: Stack) -> None:
    with stack.night() as night:
        night.goes_on()
        asyncio.run(come_and_go(night, stack))
        before = [(open_files(web), memory(web)) for web in stack.webs]

        async def waves() -> None:
            for _ in range(WAVES):
                await come_and_go(night, stack)

        asyncio.run(waves())
        wait_until(
            lambda: all(open_files(web) <= files + 8 for web, (files, _) in zip(stack.webs, before, strict=True))
        )
        grown = max(memory(web) - used for web, (_, used) in zip(stack.webs, before, strict=True))
        assert night.reckon("2,000 sockets opened and dropped", grown_mb=grown) < SOON
    assert grown < 40


async def shout(night: Night, stack: Stack, frames: list[str | bytes]) -> None:
    """Send these frames as fast as they go; to be hung up on is fine."""
    with suppress(OSError, WebSocketException):
        socket = await say_hello(night, stack.url)
        try:
            for frame in frames:
                await socket.send(frame)
        finally:
            await socket.close()


RUBBISH: dict[str, list[str | bytes]] = {
    "ten megabytes": ["x" * 10_000_000],
    "nonsense": [b"\x00\xff" * 50, "{", '{"type": "jam.changed"}', "\ud7ff" * 100],
    "3,000 words at once": ["hello"] * 3000,
    "1,000 frames of 4 kB at once": [b"\xff" * 4000] * 1000,
}


@pytest.mark.parametrize("kind", RUBBISH)
def test_rubbish_on_a_socket_disturbs_nobody(stack: Stack, kind: str) -> None:
    with stack.night() as night:
        night.goes_on()
        before = [memory(web) for web in stack.webs]

        async def crowd() -> None:
            await asyncio.gather(*(shout(night, stack, RUBBISH[kind]) for _ in range(5)))

        began = time.time()
        asyncio.run(crowd())
        night.goes_on()
        grown = max(memory(web) - used for web, used in zip(stack.webs, before, strict=True))
        slowest = max(answer.seconds for answer in night.since(began))
        assert night.reckon(f"{kind} from five sockets", grown_mb=grown, slowest=slowest) < SOON
    assert {tuple(phone.closes) for phone in night.phones} == {()}
    assert grown < 40


def test_a_phone_that_is_not_heard_of_any_more_is_let_go(stack: Stack) -> None:
    """It is asked every 20 s whether it is there, and gets 30 s to say so."""
    web = stack.webs[0]
    with Wire(to_port(web.port)).up() as wire, stack.night(phones=0) as night:
        before = open_files(web)

        async def scenario() -> float:
            silent = await asyncio.gather(*(say_hello(night, wire.url) for _ in range(30)))
            assert open_files(web) >= before + 30
            began = time.monotonic()
            with wire.stalled():
                while open_files(web) > before + 15:
                    assert time.monotonic() < began + 120
                    await asyncio.sleep(0.5)
            gone = time.monotonic() - began
            for socket in silent:
                socket.transport.abort()
                await socket.wait_closed()
            return gone

        gone = asyncio.run(scenario())
        assert night.reckon("half-open phones", gone=gone) < SOON
    assert gone < 90
