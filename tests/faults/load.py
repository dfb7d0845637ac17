"""People who vote all the time and note every answer, and phones that listen; then the reckoning."""

import asyncio
import random
import re
import statistics
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Origin

from tests.faults.records import Records
from tests.servers import wait_until
from tests.visitors import ORDER, counts_in

MY_HEARTS = re.compile(r'id="heart-(\d+)"[^>]*aria-pressed="true"')
PATIENCE = 60.0  # seconds for anything to come back; far more than is promised, for machines are shared
SOON = PATIENCE  # seconds for pages and sockets to agree; promised are 5, on a machine that does nothing else
CUT = ("ConnectError", "ReadError", "RemoteProtocolError", "WriteError")  # what a person sees of a broken connection
TIMEOUT = PATIENCE  # seconds until a person gives an answer up


@dataclass(frozen=True)
class Answer:
    """What one request came to: a status, or the name of what went wrong on the way."""

    asked_at: float
    seconds: float
    outcome: int | str
    retry_after: str | None = None


class Person(threading.Thread):
    """One browser that gives and takes hearts, and says each wish again until it is acknowledged."""

    def __init__(self, night: "Night", seed: int) -> None:
        super().__init__(daemon=True)
        self.night = night
        self.random = random.Random(seed)
        self.http = httpx.Client(base_url=night.url, timeout=TIMEOUT)
        self.wishes: dict[int, bool] = {}
        self.trouble: TimeoutError | None = None

    def run(self) -> None:
        try:
            self.until_ok("GET", self.night.page)
            while not self.night.over.is_set():
                self.act()
                self.night.over.wait(self.night.pause * self.random.uniform(0.5, 1.5))
        except TimeoutError as trouble:
            self.trouble = trouble

    def act(self) -> None:
        if self.random.random() < 0.15:
            self.until_ok("GET", self.night.page)
            return
        entry, wanted = self.random.choice(self.night.entries), self.random.random() < 0.75
        address = f"{self.night.page}songs/{entry}/vote/"
        if self.night.by_post:
            self.until_ok("POST", address, wanted="01"[wanted])
        else:
            self.until_ok("PUT" if wanted else "DELETE", address)
        self.wishes[entry] = wanted

    def until_ok(self, method: str, address: str, **data: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while self.ask(method, address, **data).outcome != 200:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{method} {address} was never answered")
            time.sleep(self.random.uniform(0.05, 0.2))

    def ask(self, method: str, address: str, **data: str) -> Answer:
        headers = {"X-CSRFToken": self.http.cookies.get("csrftoken") or "", "HX-Request": "true"}
        asked_at, began = time.time(), time.monotonic()
        try:
            found = self.http.request(method, address, headers=headers if method != "GET" else {}, data=data or None)
        except httpx.TransportError as error:
            answer = Answer(asked_at, time.monotonic() - began, type(error).__name__)
        else:
            retry_after = found.headers.get("Retry-After")
            answer = Answer(asked_at, time.monotonic() - began, found.status_code, retry_after)
        self.night.answers.append(answer)
        return answer

    def hearts(self) -> set[int]:
        """Return the hearts that this person's own page shows."""
        return {int(number) for number in MY_HEARTS.findall(self.http.get(self.night.page).raise_for_status().text)}


class Phone:
    """A page with its socket: it comes back by itself, and forgets how new its board was when it does."""

    def __init__(self, night: "Night") -> None:
        self.night = night
        self.counts: dict[int, int] = {}
        self.order = 0
        self.closes: list[int] = []
        self.is_open = False

    async def live(self) -> None:
        address = f"{self.night.url.replace('http', 'ws', 1)}/ws/jams/{self.night.slug}/"
        while True:
            try:
                async with connect(
                    address, origin=Origin(self.night.url), max_size=2**22, ping_interval=None
                ) as socket:
                    await self.listen(socket)
            except (OSError, WebSocketException):
                pass  # nobody there, or not yet
            await asyncio.sleep(random.uniform(0, 1))

    async def listen(self, socket: ClientConnection) -> None:
        self.is_open, self.order = True, 0
        try:
            while True:
                self.take(str(await socket.recv()))
        except ConnectionClosed:
            self.closes.append(socket.close_code or 1006)
        finally:
            self.is_open = False

    def take(self, frame: str) -> None:
        """Show what is not older than what is shown, as the page's own script does."""
        found = ORDER.search(frame)
        order = int(found[1]) if found else 0
        if order and order < self.order:
            return
        self.order = order or self.order
        self.counts |= counts_in(frame)


class Night:
    """A jam under load. `goes_on()` waits for answers, `reckon()` compares everything with everything."""

    def __init__(
        self, *, slug: str, entries: list[int], url: str, records: Records, pause: float, by_post: bool = False
    ) -> None:
        self.slug = slug
        self.by_post = by_post  # hearts are a POST, which no proxy sends a second time
        self.entries = entries
        self.url = url
        self.records = records
        self.pause = pause
        self.page = f"/jams/{slug}/"
        self.answers: list[Answer] = []
        self.over = threading.Event()
        self.people: list[Person] = []
        self.phones: list[Phone] = []

    @contextmanager
    def running(self, *, people: int, phones: int) -> Iterator[None]:
        self.people = [Person(self, seed) for seed in range(people)]
        self.phones = [Phone(self) for _ in range(phones)]
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        listening = [asyncio.run_coroutine_threadsafe(phone.live(), loop) for phone in self.phones]
        for person in self.people:
            person.start()
        try:
            yield
        finally:
            self.rest()
            for future in listening:
                future.cancel()
            asyncio.run_coroutine_threadsafe(_all_done(), loop).result(PATIENCE)
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()
            for person in self.people:
                person.http.close()

    def rest(self) -> None:
        """Let everybody say what they have begun to say, and no more."""
        self.over.set()
        for person in self.people:
            if person.is_alive():
                person.join(2 * PATIENCE)

    # -- While it goes on -------------------------------------------------------------------------------------

    def acknowledged(self) -> int:
        return sum(answer.outcome == 200 for answer in list(self.answers))

    def goes_on(self, more: int = 30) -> float:
        """Wait until so many requests more were answered with 200; return the seconds that it took."""
        began, enough = time.monotonic(), self.acknowledged() + more
        wait_until(lambda: self.acknowledged() >= enough, PATIENCE)
        return time.monotonic() - began

    def sockets_are_open(self) -> float:
        """Wait until every phone has its socket; return the seconds that it took."""
        began = time.monotonic()
        wait_until(lambda: all(phone.is_open for phone in self.phones), PATIENCE)
        return time.monotonic() - began

    def since(self, moment: float) -> list[Answer]:
        """Return the answers to what was asked at `moment` (seconds since 1970) and later."""
        return [answer for answer in list(self.answers) if answer.asked_at >= moment]

    # -- The reckoning ----------------------------------------------------------------------------------------

    def reckon(self, name: str, *, allowed: Iterable[int | str] = (), **seen: float) -> float:
        """Stop, and hold the rows, every page and every socket against what people were answered; tell what was `seen`.

        Nothing but 200 and what is `allowed` may have been answered, and a 503 says when to come again. Return the
        seconds until pages and sockets agreed.
        """
        self.rest()
        assert [person.trouble for person in self.people if person.trouble] == []
        assert set(self.outcomes()) <= {200, *allowed}, self.outcomes()
        assert [answer for answer in self.answers if answer.outcome == 503 and not answer.retry_after] == []
        self.rows_are_what_was_acknowledged()
        began = time.monotonic()
        wait_until(lambda: all(phone.is_open and phone.counts == self.counted() for phone in self.phones), PATIENCE)
        wait_until(lambda: all(person.hearts() == _on(person.wishes) for person in self.people), PATIENCE)
        agreed = time.monotonic() - began
        self.tell(name, **seen, agreed=agreed)
        return agreed

    def rows_are_what_was_acknowledged(self) -> None:
        wished = Counter(entry for person in self.people for entry in _on(person.wishes))
        votes = "FROM votes_vote JOIN jams_entry ON jams_entry.id = entry_id JOIN jams_jam ON jams_jam.id = jam_id"
        rows = self.records.run(f"SELECT entry_id, attendee_id {votes} WHERE slug = %s", self.slug)
        assert Counter(entry for entry, _attendee in rows) == wished
        assert len(set(rows)) == len(rows)
        people = "SELECT count(*) FROM jams_attendee JOIN jams_jam ON jams_jam.id = jam_id WHERE slug = %s"
        assert self.records.run(people, self.slug)[0][0] <= len(self.people)

    def counted(self) -> dict[int, int]:
        wished = Counter(entry for person in self.people for entry in _on(person.wishes))
        return {entry: wished[entry] for entry in self.entries}

    def outcomes(self) -> dict[int | str, int]:
        return dict(Counter(answer.outcome for answer in self.answers))

    def tell(self, name: str, **seen: float) -> None:
        """Print one line of what was seen, for docs/reliability.md."""
        waits = sorted(answer.seconds for answer in self.answers if answer.outcome == 200)
        middle, slowest = statistics.median(waits), waits[-1]
        closes = dict(Counter(code for phone in self.phones for code in phone.closes))
        own = ", ".join(f"{word} {value:.2f}" for word, value in seen.items())
        print(f"\n[{name}] {self.outcomes()} p50 {middle:.3f} s max {slowest:.2f} s, closes {closes}, {own}")


def _on(wishes: dict[int, bool]) -> set[int]:
    return {entry for entry, wanted in wishes.items() if wanted}


async def _all_done() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*others, return_exceptions=True)
