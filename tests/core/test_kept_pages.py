"""A public page that is still current is sent again without Django, and nothing else is."""

import asyncio
import gzip
import io
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.cache import cache
from django.core.handlers.base import BaseHandler
from django.db import transaction
from django.http import HttpResponse
from django.test import RequestFactory
from pytest_django import Settings

from core.caching import generation_reader, generations
from core.caching.generation_reader import GenerationReader
from core.caching.pages import Ticket
from core.http import kept_pages, request_log
from core.http.asgi_handler import SingleTripASGIHandler
from core.http.kept_pages import OVERHEAD_BYTES, IncomingRequest, KeptResponses
from core.http.wsgi_handler import KeepingWSGIHandler
from tests.builders import make_jam, make_song

pytestmark = [pytest.mark.cache, pytest.mark.django_db(transaction=True)]


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as it is read."""
        is_compressed = self.headers.get("Content-Encoding") == "gzip"
        return (gzip.decompress(self.body) if is_compressed else self.body).decode()


@dataclass
class Site:
    """A handler, asked as a server would ask it; `passed_on` counts what reached Django."""

    ask: Callable[..., list[Answer]]
    handler: BaseHandler
    passed_on: list[str]

    def get(self, path: str, **headers: str) -> Answer:
        """Ask once."""
        (answer,) = self.ask([(path, "GET", headers)])
        return answer


def ask_asgi(handler: SingleTripASGIHandler, requests: list[tuple[str, str, dict[str, str]]]) -> list[Answer]:
    """Return what each request in turn is answered, all in one event loop."""

    async def ask_one(path: str, method: str, headers: dict[str, str]) -> Answer:
        sent: list[dict[str, Any]] = []
        asked = asyncio.Queue[dict[str, Any]]()
        asked.put_nowait({"type": "http.request", "body": b""})

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        address, _, query = path.partition("?")
        lines = {"host": "testserver", **{name.replace("_", "-"): value for name, value in headers.items()}}
        scope = {"type": "http", "method": method, "path": address, "query_string": query.encode(), "scheme": "http"}
        scope["headers"] = [(name.lower().encode(), value.encode()) for name, value in lines.items()]
        await handler(scope, asked.get, send)
        received = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return Answer(sent[0]["status"], received, b"".join(part.get("body", b"") for part in sent[1:]))

    async def ask_all() -> list[Answer]:
        answers = [await ask_one(*request) for request in requests]
        await handler.generations.close()
        return answers

    return asyncio.run(ask_all())


def ask_wsgi(handler: KeepingWSGIHandler, requests: list[tuple[str, str, dict[str, str]]]) -> list[Answer]:
    """Return what each request in turn is answered."""
    answers = []
    for path, method, headers in requests:
        address, _, query = path.partition("?")
        environ = {"REQUEST_METHOD": method, "PATH_INFO": address, "QUERY_STRING": query, "wsgi.url_scheme": "http"}
        environ |= {"SERVER_NAME": "testserver", "SERVER_PORT": "80", "HTTP_HOST": "testserver"}
        environ |= {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        started: list[Any] = []
        body = handler({**environ, "wsgi.input": io.BytesIO()}, lambda *given: started.extend(given))  # noqa: B023
        answers.append(Answer(int(started[0].split()[0]), dict(started[1]), b"".join(body)))
    return answers


@pytest.fixture(params=["asgi", "wsgi"])
def site(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Site:
    handler = SingleTripASGIHandler() if request.param == "asgi" else KeepingWSGIHandler()
    ask: Any = ask_asgi if request.param == "asgi" else ask_wsgi
    passed_on: list[str] = []
    answer = BaseHandler.get_response

    def count(self: BaseHandler, request: Any) -> Any:
        passed_on.append(request.path)
        return answer(self, request)

    monkeypatch.setattr(BaseHandler, "get_response", count)
    return Site(lambda requests: ask(handler, requests), handler, passed_on)


def without_id(answer: Answer) -> tuple[int, dict[str, str], bytes]:
    return answer.status, {name: value for name, value in answer.headers.items() if name != "X-Request-ID"}, answer.body


@pytest.mark.parametrize("path", ["/", "/jams/", "/songs/?order=title", "/venues/", "/api/v1/jams", "/about/"])
def test_a_page_is_sent_again_as_it_was(site: Site, path: str) -> None:
    make_jam()
    first, second = site.ask([(path, "GET", {"accept_encoding": "gzip"})] * 2)
    assert (without_id(second), len(site.passed_on)) == (without_id(first), 1)
    assert first.status == 200
    assert first.headers["X-Request-ID"] != second.headers["X-Request-ID"]


def test_a_page_changes_with_what_it_shows(site: Site) -> None:
    jam = make_jam(name="Before")
    seen = [site.get("/jams/").text]
    jam.name = "After"
    jam.save()
    seen += [site.get("/jams/").text for _ in range(2)]
    assert [("Before" in text, "After" in text) for text in seen] == [(True, False), (False, True), (False, True)]
    assert len(site.passed_on) == 2


def test_a_page_that_was_overtaken_while_it_was_built_is_not_sent_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    jam = make_jam(name="Before")
    answer = BaseHandler.get_response

    def answer_then_change(self: BaseHandler, request: Any) -> Any:
        response = answer(self, request)
        if len(site.passed_on) == 1:  # a host changes the jam after the page has read it, before it is kept
            jam.name = "After"
            jam.save()
        return response

    monkeypatch.setattr(BaseHandler, "get_response", answer_then_change)
    assert ["After" in site.get("/jams/").text for _ in range(3)] == [False, True, True]
    assert len(site.passed_on) == 2


def test_a_page_is_kept_no_longer_than_it_is_right(
    site: Site, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    site.get("/jams/")
    later = time.time() + settings.LIST_CACHE_SECONDS
    monkeypatch.setattr(time, "time", lambda: later)
    site.get("/jams/")
    assert len(site.passed_on) == 2


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/jams/?when=past", {}),
        ("/jams/", {"accept_language": "de"}),
        ("/jams/", {"cookie": "x=1; django_language=de"}),
        ("/jams/", {"accept_encoding": "gzip"}),
        ("/jams/", {"host": "127.0.0.1"}),
        ("/jams/", {"x_forwarded_proto": "https"}),
        ("/venues/", {}),
    ],
)
def test_a_page_is_for_those_who_ask_in_the_same_way(site: Site, path: str, headers: dict[str, str]) -> None:
    asked = [("/jams/", "GET", {}), (path, "GET", headers)]
    first, other, again, other_again = site.ask(asked * 2)
    assert len(site.passed_on) == 2
    assert [without_id(again), without_id(other_again)] == [without_id(first), without_id(other)]


def test_a_page_in_german_is_for_germans_only(site: Site) -> None:
    german = {"accept_language": "de"}
    texts = [answer.text for answer in site.ask([("/about/", "GET", asked) for asked in ({}, german, {}, german)])]
    assert ['<html lang="de"' in text for text in texts] == [False, True, False, True]


def test_visitors_share_a_page_whatever_their_cookies(site: Site) -> None:
    for cookie in ("jamsite=abc", "sessionid=xyz; csrftoken=1", ""):
        site.get("/jams/", cookie=cookie, user_agent=f"Phone {cookie}")
    assert len(site.passed_on) == 1


def test_a_browser_with_a_current_copy_is_told_so(site: Site) -> None:
    etag = site.get("/jams/").headers["ETag"]
    answers = [site.get("/jams/", if_none_match=etag) for _ in range(3)]
    assert [(answer.status, answer.body) for answer in answers] == [(304, b"")] * 3
    assert len(site.passed_on) == 2
    generations.invalidate("jams")
    assert site.get("/jams/", if_none_match=etag).status == 200


@pytest.mark.parametrize(
    ("path", "method", "headers"),
    [
        ("/jams/friday/", "GET", {}),
        ("/nowhere/", "GET", {}),
        ("/api/v1/jams", "GET", {"authorization": "Bearer x"}),
        ("/jams/", "POST", {}),
        ("/jams/?q=" + "x" * kept_pages.MAX_KEY_LENGTH, "GET", {}),
        ("/livez", "GET", {}),
        ("/host/", "GET", {}),
    ],
)
def test_everything_else_is_answered_by_django(site: Site, path: str, method: str, headers: dict[str, str]) -> None:
    make_jam(slug="friday")
    site.ask([(path, method, headers)] * 2)
    assert len(site.handler.kept.responses) == 0  # type: ignore[attr-defined]  # both handlers keep responses


def test_nothing_is_kept_while_debugging(site: Site, settings: Settings) -> None:
    settings.DEBUG = True
    site.ask([("/jams/", "GET", {})] * 2)
    assert len(site.passed_on) == 2


def test_a_kept_page_is_logged_and_counted_like_any_other(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    make_jam(slug="friday")
    site.ask([("/jams/friday/board/", "GET", {})] * 2)
    lines = [record for record in caplog.records if record.name == request_log.__name__]
    fields = [{name: value for name, value in line.fields.items() if name not in ("ms", "queries")} for line in lines]  # type: ignore[attr-defined]  # `extra` adds it
    expected = {"method": "GET", "path": "/jams/friday/board/", "view": "jams:board", "jam": "friday", "status": 200}
    assert fields == [expected] * 2
    assert lines[1].fields["queries"] == 0  # type: ignore[attr-defined]  # `extra` adds it
    assert len(site.passed_on) == 1


def test_a_page_is_read_anew_while_the_cache_is_away(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    make_song(title="Valerie")
    site.get("/songs/")
    monkeypatch.setattr(generations, "health", generations.CacheHealth())
    generations.health.record_failure()
    assert "Valerie" in site.get("/songs/").text
    assert len(site.passed_on) == 2


def test_a_page_whose_invalidation_was_missed_is_read_anew(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.get("/songs/")
    monkeypatch.setattr(generations, "health", generations.CacheHealth())
    generations.health.missed.add("songs")
    site.get("/songs/")
    assert len(site.passed_on) == 2


def test_nothing_uncommitted_is_kept(site: Site) -> None:
    if isinstance(site.handler, KeepingWSGIHandler):  # in the same thread, so in the same transaction
        with transaction.atomic():
            make_song(title="Not there yet")
            site.get("/songs/")
            transaction.set_rollback(True)
    make_song(title="Valerie")
    seen = site.get("/songs/").text
    assert ("Not there yet" in seen, "Valerie" in seen) == (False, True)


def keep(kept: KeptResponses, path: str, response: HttpResponse) -> None:
    request = RequestFactory().get(path)
    request.resolver_match = None
    request.ticket = Ticket(path, ("jams",), (1,), 2e9)  # type: ignore[attr-defined]  # as a public page sets it
    kept.keep(IncomingRequest((path,), "GET", path, "", 0.0), request, response)


def test_the_responses_have_a_limit_in_bytes() -> None:
    kept = KeptResponses(max_bytes=10 * OVERHEAD_BYTES)
    for number in range(50):
        keep(kept, f"/{number}/", HttpResponse(b"x" * OVERHEAD_BYTES))
    keep(kept, "/huge/", HttpResponse(b"x" * 11 * OVERHEAD_BYTES))
    assert [key for (key,) in kept.responses] == [f"/{number}/" for number in range(45, 50)]


def with_cookie() -> HttpResponse:
    response = HttpResponse()
    response.set_cookie("name", "Ana")
    return response


@pytest.mark.parametrize(
    "response",
    [HttpResponse(status=404), HttpResponse(headers={"Vary": "Accept-Encoding, Cookie"}), with_cookie()],
    ids=["missing", "varies", "cookie"],
)
def test_what_is_not_for_everybody_is_not_kept(response: HttpResponse) -> None:
    kept = KeptResponses()
    keep(kept, "/", response)
    assert len(kept.responses) == 0
    keep(kept, "/", HttpResponse(headers={"Vary": "Accept-Encoding"}))
    assert len(kept.responses) == 1


class CountingRedis:
    """Stands before a client of Redis and counts what it is asked."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.asked: list[list[str]] = []
        self.hangs = False

    async def mget(self, keys: list[str]) -> list[Any]:
        self.asked.append(keys)
        if self.hangs:
            await asyncio.Event().wait()
        values: list[Any] = await self.client.mget(keys)
        return values

    async def aclose(self) -> None:
        await self.client.aclose()


class LocalRedis:
    """Answers as Redis does, from Django's cache, on the run without one."""

    async def mget(self, keys: list[str]) -> list[Any]:
        await asyncio.sleep(0)
        return [cache.get(key.removeprefix(cache.make_key(""))) for key in keys]

    async def aclose(self) -> None:
        """There is nothing to close."""


@pytest.fixture
def reader() -> GenerationReader:
    reader = GenerationReader()
    reader.client = CountingRedis(reader.client or LocalRedis())  # type: ignore[assignment]
    return reader


def test_those_who_ask_at_once_share_a_trip_to_the_cache(reader: GenerationReader) -> None:
    expected = generations.read_generations("jams", "songs")

    async def ask() -> list[Any]:
        first = await asyncio.gather(*(reader.read(("jams", "songs")) for _ in range(20)))
        generations.invalidate("jams")
        then = await reader.read(("jams", "songs"))
        await reader.close()
        return [*first, then]

    *first, then = asyncio.run(ask())
    assert expected is not None
    assert first == [expected] * 20
    assert then == (expected[0] + 1, expected[1])
    assert len(reader.client.asked) == 2  # type: ignore[union-attr]  # it is our counting one


def test_a_cache_that_hangs_costs_one_timeout(reader: GenerationReader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generation_reader, "TIMEOUT_SECONDS", 0.01)
    monkeypatch.setattr(generation_reader, "COOLDOWN_SECONDS", 3600.0)
    reader.failed_at = -3600.0
    reader.client.hangs = True  # type: ignore[union-attr]  # it is our counting one

    async def ask() -> list[Any]:
        found = [await reader.read(("jams",)) for _ in range(5)]
        await reader.close()
        return found

    assert asyncio.run(ask()) == [None] * 5
    assert len(reader.client.asked) == 1  # type: ignore[union-attr]  # it is our counting one


def test_a_generation_that_nobody_has_read_yet_is_not_guessed(reader: GenerationReader) -> None:
    async def ask() -> Any:
        found = await reader.read(("nobody-knows-me",))
        await reader.close()
        return found

    assert asyncio.run(ask()) is None
