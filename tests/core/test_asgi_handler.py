"""A request makes one trip to a thread, whatever its middleware, and threads are used again."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import SyncToAsync, sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.core.signals import request_finished, request_started
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.test import override_settings
from django.urls import path

from core.http.asgi_handler import MAX_IDLE_THREADS, SingleTripASGIHandler

PATIENCE = 30  # seconds; no test waits that long
GET = {"type": "http", "method": "GET", "query_string": b"", "headers": [(b"host", b"testserver")]}
END_OF_BODY = {"type": "http.request", "body": b""}
GONE = {"type": "http.disconnect"}


class Visits:
    """What the views below saw, and what they wait for."""

    def __init__(self) -> None:
        self.threads: list[int] = []
        self.go_on = threading.Event()
        self.begun = threading.Event()


visits = Visits()


def note_thread(_request: HttpRequest) -> HttpResponse:
    visits.threads.append(threading.get_ident())
    connection.ensure_connection()
    return HttpResponse("seen")


def wait(request: HttpRequest) -> HttpResponse:
    visits.begun.set()
    assert visits.go_on.wait(PATIENCE)
    return note_thread(request)


def stream_for_ever(request: HttpRequest) -> StreamingHttpResponse:
    note_thread(request)

    async def parts() -> AsyncIterator[str]:
        while True:
            await sync_to_async(lambda: visits.threads.append(threading.get_ident()))()
            yield "part"

    return StreamingHttpResponse(parts())


urlpatterns = [path("seen/", note_thread), path("wait/", wait), path("stream/", stream_for_ever)]


@pytest.fixture
def handler() -> Iterator[SingleTripASGIHandler]:
    visits.__init__()  # type: ignore[misc]  # start from empty
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[]):
        yield SingleTripASGIHandler()


async def ask(handler: ASGIHandler, address: str, *then: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what the application sends to a client that asks for `address` and `then` sends something else."""
    sent: list[dict[str, Any]] = []
    asked = asyncio.Queue[dict[str, Any]]()
    for message in (END_OF_BODY, *then):
        asked.put_nowait(message)

    async def send(message: Any) -> None:
        sent.append(message)
        await asyncio.sleep(0)

    await handler({**GET, "path": address}, asked.get, send)
    return sent


def count_trips(handler: ASGIHandler, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return how often answering a request hands something to a thread."""
    trips: list[Any] = []
    run = SyncToAsync.thread_handler

    def count(*what: Any) -> Any:
        trips.append(what)
        return run(*what)

    with monkeypatch.context() as patch:
        patch.setattr(SyncToAsync, "thread_handler", count)
        assert asyncio.run(ask(handler, "/about/"))[0]["status"] == 200
    return len(trips)


@pytest.mark.django_db(transaction=True)
def test_signals_middleware_and_view_run_in_one_trip(monkeypatch: pytest.MonkeyPatch) -> None:
    assert count_trips(SingleTripASGIHandler(), monkeypatch) == 1
    assert count_trips(ASGIHandler(), monkeypatch) > 10, "Django does it by itself now: take ours away"


@pytest.mark.django_db(transaction=True)
def test_thread_is_used_again_by_later_requests(handler: SingleTripASGIHandler) -> None:
    async def ask_in_turn() -> None:
        for _ in range(3):
            assert (await ask(handler, "/seen/"))[1]["body"] == b"seen"

    asyncio.run(ask_in_turn())
    assert len(visits.threads) == 3
    assert len(set(visits.threads)) == 1


@pytest.mark.django_db(transaction=True)
def test_requests_at_once_have_a_thread_each(handler: SingleTripASGIHandler) -> None:
    async def ask_at_once() -> None:
        waiting = [asyncio.create_task(ask(handler, "/wait/")) for _ in range(MAX_IDLE_THREADS + 2)]
        await asyncio.to_thread(visits.begun.wait, PATIENCE)
        assert (await ask(handler, "/seen/"))[0]["status"] == 200
        visits.go_on.set()
        await asyncio.gather(*waiting)

    asyncio.run(ask_at_once())
    assert len(set(visits.threads)) == MAX_IDLE_THREADS + 3
    assert len(handler.idle) == MAX_IDLE_THREADS


@pytest.mark.django_db(transaction=True)
def test_response_is_closed_before_it_is_sent(handler: SingleTripASGIHandler) -> None:
    """So a slow client holds no connection to the database."""
    order: list[str] = []

    def note(name: str) -> Callable[..., None]:
        return lambda **_: order.append(f"{name} in {threading.get_ident()}")

    began, finished = note("began"), note("finished")
    request_started.connect(began)
    request_finished.connect(finished)

    async def ask_once() -> None:
        async def send(message: dict[str, Any]) -> None:
            order.append(message["type"])

        asked = asyncio.Queue[dict[str, Any]]()
        asked.put_nowait(END_OF_BODY)
        await handler({**GET, "path": "/seen/"}, asked.get, send)

    try:
        asyncio.run(ask_once())
    finally:
        request_started.disconnect(began)
        request_finished.disconnect(finished)
    [thread] = visits.threads
    assert order == [f"began in {thread}", f"finished in {thread}", "http.response.start", "http.response.body"]


@pytest.mark.django_db(transaction=True)
def test_client_that_goes_away_ends_a_stream(handler: SingleTripASGIHandler) -> None:
    closed: list[int] = []
    finished: Callable[..., None] = lambda **_: closed.append(threading.get_ident())  # noqa: E731  (Django keeps weak references)
    request_finished.connect(finished)
    try:
        sent = asyncio.run(asyncio.wait_for(ask(handler, "/stream/", GONE), PATIENCE))
    finally:
        request_finished.disconnect(finished)
    assert sent[0]["status"] == 200
    assert set(visits.threads) == set(closed), "the view, its parts and their end run in the same thread"
    assert len(closed) == 1


@pytest.mark.django_db(transaction=True)
def test_thread_of_a_cancelled_request_is_not_used_again(handler: SingleTripASGIHandler) -> None:
    async def cancel_one() -> None:
        task = asyncio.create_task(ask(handler, "/wait/"))
        await asyncio.to_thread(visits.begun.wait, PATIENCE)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await ask(handler, "/seen/"))[0]["status"] == 200
        visits.go_on.set()

    asyncio.run(cancel_one())
    assert len(handler.idle) == 1


@pytest.mark.django_db(transaction=True)
def test_error_of_a_view_is_a_response_and_keeps_the_thread(handler: SingleTripASGIHandler) -> None:
    def fail(_request: HttpRequest) -> HttpResponseBase:
        raise ValueError("broken")

    urlpatterns.append(path("fail/", fail))
    try:
        sent = asyncio.run(ask(handler, "/fail/"))
    finally:
        urlpatterns.pop()
    assert sent[0]["status"] == 500
    assert len(handler.idle) == 1
