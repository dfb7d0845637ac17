"""One address must not take all sockets: a full bar has room for its phones, a script gets no more."""

import asyncio
import re
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponse
from websockets.exceptions import InvalidStatus

from jams.identity.browser_cookie import COOKIE, create_browser_id, set_browser_cookie
from jams.live.socket_limits import SocketLimitMiddleware
from tests.builders import make_jam
from tests.servers import PATIENCE, ROOT, Server
from tests.visitors import follow


def scope(address: str, cookie: str = "") -> dict[str, Any]:
    headers = [(b"host", b"jam.example"), (b"cookie", cookie.encode())]
    return {
        "type": "websocket",
        "path": "/ws/jams/here/",
        "client": [address, 1],
        "headers": headers,
        "query_string": b"",
    }


def cookie_of_a_browser() -> str:
    response = HttpResponse()
    set_browser_cookie(response, create_browser_id())
    return f"{COOKIE}={response.cookies[COOKIE].value}"


def count_admitted(scopes: list[dict[str, Any]]) -> int:
    """Return how many of these sockets are admitted if they all stay open; assert that none is counted afterwards."""

    async def scenario() -> int:
        admitted = 0
        leave = asyncio.Event()

        async def application(scope: Any, receive: Any, send: Any) -> None:
            nonlocal admitted
            admitted += 1
            await leave.wait()

        async def send(message: Any) -> None:
            assert message["type"] == "websocket.close"

        limited = SocketLimitMiddleware(application)
        queues = [asyncio.Queue[dict[str, Any]]() for _ in scopes]
        for queue in queues:
            queue.put_nowait({"type": "websocket.connect"})
            queue.put_nowait({"type": "websocket.disconnect", "code": 1006})
        parts = zip(scopes, queues, strict=True)
        sockets = [asyncio.create_task(limited(scope, queue.get, send)) for scope, queue in parts]
        await asyncio.sleep(0)
        found = admitted
        leave.set()
        await asyncio.gather(*sockets)
        assert not limited.open
        return found

    return asyncio.run(scenario())


def test_300_phones_behind_one_address_have_sockets_and_3000_do_not() -> None:
    assert count_admitted([scope("192.0.2.1", cookie_of_a_browser()) for _ in range(300)]) == 300
    assert count_admitted([scope("192.0.2.1") for _ in range(3000)]) == 600


@pytest.mark.parametrize("name", ["split.conf", "site.conf"])
def test_nginx_and_the_process_have_the_same_limit(name: str) -> None:
    allowed = re.findall(r"limit_conn \w+ (\d+);", (ROOT / "deploy" / "nginx" / name).read_text())
    assert allowed == [str(settings.SOCKETS_PER_ADDRESS)]


def test_a_network_of_ipv6_is_one_address() -> None:
    assert count_admitted([scope(f"2001:db8::{number:x}") for number in range(700)]) == 600
    assert count_admitted([scope(f"2001:db8:0:{number:x}::1") for number in range(700)]) == 700


def test_a_browser_has_a_few_sockets_wherever_it_is() -> None:
    cookie = cookie_of_a_browser()
    assert count_admitted([scope(f"192.0.2.{number}", cookie) for number in range(100)]) == 16
    assert count_admitted([scope(f"192.0.2.{number}", cookie + "x") for number in range(100)]) == 100


def test_a_socket_that_dies_makes_room() -> None:
    async def scenario() -> None:
        async def application(scope: Any, receive: Any, send: Any) -> None:
            await asyncio.Event().wait()

        limited = SocketLimitMiddleware(application)
        task = asyncio.create_task(limited(scope("192.0.2.1", cookie_of_a_browser()), None, None))
        await asyncio.sleep(0)
        assert sum(limited.open.values()) == 2
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not limited.open

    asyncio.run(scenario())


@pytest.mark.django_db(transaction=True)
def test_a_refused_page_gets_its_socket_when_another_leaves(start_server: Callable[..., Server]) -> None:
    server, jam = start_server(SOCKETS_PER_ADDRESS="3"), make_jam()

    async def is_refused() -> bool:
        try:
            async with follow(server, jam.slug) as follower:
                await follower.next_frame()
        except InvalidStatus as refusal:
            return refusal.response.status_code == 403
        return False

    async def scenario() -> None:
        async with AsyncExitStack() as stack:
            for _ in range(3):
                await (await stack.enter_async_context(follow(server, jam.slug))).next_frame()
            assert await is_refused()
        async with asyncio.timeout(PATIENCE):
            while await is_refused():
                await asyncio.sleep(0.02)

    asyncio.run(scenario())
