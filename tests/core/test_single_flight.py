"""A hundred at once on something that nobody has read yet."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from django.core.cache import caches
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer
from django.db.backends.signals import connection_created
from django.test.testcases import QuietWSGIRequestHandler

from core.caching import generations
from core.caching.single_flight import SingleFlight
from tests.builders import make_entry, make_jam, make_vote
from tests.servers import PATIENCE

pytestmark = pytest.mark.cache

MANY = 100


def at_once(call: Callable[[], Any], many: int = MANY) -> list[Any]:
    """Call from `many` threads at the same moment; return what each was given."""
    gate = threading.Barrier(many, timeout=PATIENCE)

    def go(_number: int) -> Any:
        gate.wait()
        return call()

    with ThreadPoolExecutor(many) as threads:
        return list(threads.map(go, range(many)))


class Crowd:
    """Counts the threads that have come to a certain point, once each."""

    def __init__(self, many: int) -> None:
        self.lock = threading.Lock()
        self.here: set[int] = set()
        self.many = many
        self.complete = threading.Event()

    def note(self) -> None:
        with self.lock:
            self.here.add(threading.get_ident())
            if len(self.here) == self.many:
                self.complete.set()


class Slow:
    """A reading of the database that lasts until the whole crowd has come."""

    def __init__(self, crowd: Crowd) -> None:
        self.crowd = crowd
        self.readings = 0

    def __call__(self) -> str:
        with self.crowd.lock:
            self.readings += 1
        assert self.crowd.complete.wait(PATIENCE)
        return "value"


class NotingLock:
    """A lock that notes in a crowd who has had it."""

    def __init__(self, crowd: Crowd) -> None:
        self.lock = threading.Lock()
        self.crowd = crowd

    def __enter__(self) -> None:
        self.lock.acquire()

    def __exit__(self, *_: object) -> None:
        self.lock.release()
        self.crowd.note()


# -- In one process ---------------------------------------------------------------------------------------


def test_a_hundred_threads_are_one_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reading ends when each of them has been at the place where it finds that one is under way."""
    crowd, flights = Crowd(MANY), SingleFlight()
    slow = Slow(crowd)
    monkeypatch.setattr("core.caching.single_flight.MAX_WAIT_SECONDS", PATIENCE)
    monkeypatch.setattr(flights, "lock", NotingLock(crowd))
    assert at_once(lambda: flights.run("key", slow)) == ["value"] * MANY
    assert slow.readings == 1
    assert flights.calls == {}


def test_a_failed_reading_fails_only_for_who_made_it() -> None:
    flights, first = SingleFlight(), threading.Lock()

    def get() -> str:
        if first.acquire(blocking=False):
            raise LookupError
        return "value"

    def ask() -> str:
        try:
            return flights.run("key", get)
        except LookupError:
            return "failed"

    assert sorted(at_once(ask, 10)) == ["failed", *["value"] * 9]


def test_nobody_waits_for_ever_for_a_reading_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.caching.single_flight.MAX_WAIT_SECONDS", 0.05)
    flights, hung, begun = SingleFlight(), threading.Event(), threading.Event()

    def hang() -> str:
        begun.set()
        hung.wait(PATIENCE)
        return "late"

    with ThreadPoolExecutor(1) as threads:
        late = threads.submit(flights.run, "key", hang)
        assert begun.wait(PATIENCE)
        assert flights.run("key", lambda: "mine") == "mine"
        hung.set()
        assert late.result() == "late"


# -- In several -------------------------------------------------------------------------------------------


class NotingPause:
    """Stands for the pause between two looks at another process's value; notes in a crowd who makes it."""

    def __init__(self, crowd: Crowd) -> None:
        self.crowd = crowd

    def wait(self, seconds: float) -> None:
        self.crowd.note()
        threading.Event().wait(seconds)


def test_many_processes_are_one_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of these threads is past what it would share with the others of its process; all but one have to wait."""
    crowd = Crowd(19)
    slow, current = Slow(crowd), generations.read_generations("x")
    assert current is not None
    monkeypatch.setattr(generations, "_pause", NotingPause(crowd))
    monkeypatch.setattr(generations, "MAX_POLLS", round(PATIENCE / generations.POLL_SECONDS))
    monkeypatch.setattr(generations, "BUILD_LOCK_SECONDS", 10 * PATIENCE)
    assert at_once(lambda: generations._build_under_lock("key", current, 60, slow), 20) == ["value"] * 20
    assert slow.readings == 1


def test_a_process_that_died_while_building_delays_the_others_briefly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(generations, "POLL_SECONDS", 0.001)
    current = generations.read_generations("x")
    caches["default"].add(f"{generations._value_key('key')}@{'.'.join(map(str, current))}", 1, 60)  # type: ignore[arg-type]  # None only while the cache is down
    where: dict[str, Any] = {"depends_on": ("x",), "seconds": 60}
    assert generations.get_or_build("key", build=lambda order: "mine", **where) == "mine"
    assert generations.get_or_build("key", build=lambda order: "other", **where) == "mine"


# -- Over HTTP --------------------------------------------------------------------------------------------


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """Every statement of every connection that is opened from now on, in any thread."""
    seen: list[str] = []

    def note(execute: Callable, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        seen.append(sql)
        return execute(sql, params, many, context)

    def listen(connection: Any, **kwargs: Any) -> None:
        if threading.current_thread() is not threading.main_thread():
            connection.execute_wrappers.append(note)

    connection_created.connect(listen)
    yield seen
    connection_created.disconnect(listen)


class Site(ThreadedWSGIServer):
    """The site over HTTP with a thread for each request, in this process, where statements can be counted."""

    request_queue_size = 2 * MANY


@pytest.fixture
def site(transactional_db: None) -> Iterator[httpx.Client]:
    with Site(("127.0.0.1", 0), QuietWSGIRequestHandler) as server:
        server.set_app(WSGIHandler())
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url, limits = f"http://127.0.0.1:{server.server_port}", httpx.Limits(max_connections=MANY)
        with httpx.Client(base_url=url, timeout=2 * PATIENCE, limits=limits) as http:
            yield http
        server.shutdown()


@pytest.mark.parametrize(("address", "readings"), [("/", 1), ("/jams/", 3), ("/jams/{slug}/board/", 3)])
def test_a_hundred_requests_for_an_uncached_page_are_one_reading(
    site: httpx.Client, statements: list[str], monkeypatch: pytest.MonkeyPatch, address: str, readings: int
) -> None:
    monkeypatch.setattr("core.caching.single_flight.MAX_WAIT_SECONDS", PATIENCE)
    jam = make_jam()
    for _ in range(30):
        make_vote(entry=make_entry(jam=jam))
    answers = at_once(lambda: site.get(address.format(slug=jam.slug)))
    assert {(answer.status_code, answer.content) for answer in answers} == {(200, answers[0].content)}
    assert len([sql for sql in statements if sql.startswith("SELECT")]) == readings
