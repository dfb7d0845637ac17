"""A page goes to a thread and back as seldom as can be."""

import asyncio
from typing import Any

import pytest
from asgiref.sync import SyncToAsync
from django.core.handlers.asgi import ASGIHandler

from core.http.asgi_handler import SingleThreadASGIHandler

SCOPE = {"type": "http", "method": "GET", "path": "/about/", "query_string": b"", "headers": [(b"host", b"testserver")]}


def count_trips(handler: ASGIHandler, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return how often answering a request hands something to a thread."""
    sent: list[dict[str, Any]] = []
    trips: list[Any] = []
    run = SyncToAsync.thread_handler

    def count(*what: Any) -> Any:
        trips.append(what)
        return run(*what)

    monkeypatch.setattr(SyncToAsync, "thread_handler", count)

    async def answer() -> None:
        asked = asyncio.Queue[dict[str, Any]]()
        asked.put_nowait({"type": "http.request", "body": b""})

        async def send(message: Any) -> None:
            sent.append(message)

        await handler(SCOPE, asked.get, send)

    asyncio.run(answer())
    monkeypatch.undo()
    assert sent[0]["status"] == 200
    return len(trips)


@pytest.mark.django_db(transaction=True)
def test_all_middleware_and_the_view_run_in_one_trip(monkeypatch: pytest.MonkeyPatch) -> None:
    """One for the signal that a request begins, one for the page, one for closing it."""
    assert count_trips(SingleThreadASGIHandler(), monkeypatch) == 3
    assert count_trips(ASGIHandler(), monkeypatch) > 10, "Django does it by itself now: take ours away"
