"""`make cheat`: play ten ways to cheat a vote against a site of its own, and tell how many false votes got through.

Each attack runs on a jam of its own for a while, once without and once with a room code that the cheat does not know;
an eleventh stands in the room and knows it. The table has the false votes until the hosts were told, and in total.
"""

import argparse
import asyncio
import itertools
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import django
import httpx

from core.network import find_free_port

if TYPE_CHECKING:
    from jams.models import Entry

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 50  # of each attack without a room code
SHARE_WITH_CODE = 0.1  # of those seconds for an attack that lacks the room code: it gets nowhere
AT_ONCE = 4  # requests that a flood has in flight
PACE = 1.55  # seconds between two phones that stay below NEWCOMER_RATE


class Phone:
    """A browser without history, at an address that the proxy is made to believe."""

    def __init__(self, base: str, target: "Target", address: str) -> None:
        self.http = httpx.AsyncClient(base_url=base, headers={"X-Forwarded-For": address}, timeout=30)
        self.target = target

    async def open(self) -> None:
        """Get the cookie and the token that every page gives."""
        await self.http.get(self.target.page)
        self.http.headers["X-CSRFToken"] = self.http.cookies["csrftoken"]

    async def vote(self, entry: int = 0, way: str = "page") -> int:
        entry = entry or self.target.entry
        if way == "api":
            return (await self.http.put(f"/api/v1/jams/{self.target.slug}/entries/{entry}/vote")).status_code
        if way == "suggest":
            return (await self.post("suggest/", song=str(self.target.song))).status_code
        return (await self.http.put(f"{self.target.page}songs/{entry}/vote/")).status_code

    async def post(self, path: str, **data: str) -> httpx.Response:
        return await self.http.post(f"{self.target.page}{path}", data=data)


@dataclass(frozen=True)
class Target:
    """A jam and the song for which the cheat votes; `others` are songs for which nobody cheats."""

    slug: str
    entry: int
    song: int
    others: tuple[int, ...]

    @property
    def page(self) -> str:
        return f"/jams/{self.slug}/"


@dataclass(frozen=True)
class Field:
    """Where an attack happens: the site, the jam, a part of the address space, and when it is over."""

    base: str
    target: Target
    network: int
    deadline: float
    code: Callable[[], str]

    @asynccontextmanager
    async def phone(self, host: str = "1") -> AsyncIterator[Phone]:
        """Open the jam's page in a fresh browser, at an IPv4 address or, with a colon in `host`, an IPv6 one."""
        address = f"2001:db8:{self.network:x}:{host}" if ":" in host else f"10.{self.network}.0.{host}"
        phone = Phone(self.base, self.target, address)
        try:
            await phone.open()
            yield phone
        finally:
            await phone.http.aclose()

    async def repeat(self, act: Callable[[int], Awaitable[None]], *, every: float = 0) -> None:
        """Call `act` with 0, 1, 2 and so on until the deadline, but once in any case."""
        for number in itertools.count():
            begun = time.monotonic()
            await act(number)
            if time.monotonic() >= self.deadline:
                return
            await asyncio.sleep(max(0, min(begun + every, self.deadline) - time.monotonic()))


type Attack = Callable[[Field], Coroutine[None, None, None]]


async def flood(field: Field, way: str = "page") -> None:
    async def act(_number: int) -> None:
        async with field.phone() as phone:
            await phone.vote(way=way)

    await asyncio.gather(*(field.repeat(act) for _ in range(AT_ONCE)))


async def paced(field: Field) -> None:
    async def act(_number: int) -> None:
        async with field.phone() as phone:
            await phone.vote()

    await field.repeat(act, every=PACE)


async def spread(field: Field) -> None:
    async def act(number: int) -> None:
        async with field.phone(str(number % 10 + 1)) as phone:
            await phone.vote()

    await field.repeat(act, every=0.8)


async def ipv6(field: Field) -> None:
    async def act(number: int) -> None:
        async with field.phone(f"{number % 256:x}::1") as phone:
            await phone.vote()

    await field.repeat(act, every=1)


async def named(field: Field) -> None:
    async def act(number: int) -> None:
        async with field.phone() as phone:
            await phone.post("me/join/", name=f"Guest {number}")
            await phone.vote()

    await field.repeat(act, every=PACE)


async def by_suggestion(field: Field) -> None:
    await flood(field, way="suggest")


async def by_api(field: Field) -> None:
    await flood(field, way="api")


async def remove_me(field: Field) -> None:
    async with field.phone() as phone:

        async def act(_number: int) -> None:
            await phone.vote()
            await phone.post("me/remove/")

        await field.repeat(act)


async def like_people(field: Field) -> None:
    async def act(number: int) -> None:
        async with field.phone() as phone:
            for entry in (field.target.entry, field.target.others[number % len(field.target.others)]):
                await phone.vote(entry)

    await field.repeat(act, every=PACE)


async def guess_code(field: Field) -> None:
    """Vote with the first code that fits; without a room code, try to enter one ahead of time."""

    async def act(number: int) -> None:
        async with field.phone(str(number % 200 + 1)) as phone:
            await phone.post("room/", code=f"{number:05}".replace("0", "a").replace("1", "b"))
            await phone.vote()

    await asyncio.gather(*(field.repeat(act) for _ in range(AT_ONCE)))


async def insider(field: Field) -> None:
    async def act(_number: int) -> None:
        async with field.phone() as phone:
            await phone.post("room/", code=field.code())
            await phone.vote()

    await field.repeat(act, every=PACE)


ATTACKS: dict[str, Attack] = {
    f"a fresh cookie for every vote, {AT_ONCE} at once": flood,
    f"a fresh cookie every {PACE} s": paced,
    "a fresh cookie every 0.8 s, from ten addresses in turn": spread,
    "a fresh cookie every second, each from its own IPv6 /64 of a /56": ipv6,
    f"a fresh cookie with a name every {PACE} s": named,
    "a fresh cookie for every vote, by suggesting the song": by_suggestion,
    "a fresh cookie for every vote, by the API": by_api,
    "one cookie: vote, delete my data, vote again": remove_me,
    f"a fresh cookie every {PACE} s that also votes for another song": like_people,
    "a fresh cookie that guesses the room code, 200 addresses": guess_code,
}
INSIDER = f"a fresh cookie every {PACE} s by somebody who sees the room code"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each attack without a room code")
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory() as folder, serve_site(Path(folder)) as base:
        os.environ.update({"DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "jamsite.settings", "LOG_LEVEL": "ERROR"})
        django.setup()
        print(f"Each attack: {seconds:g} s without, {seconds * SHARE_WITH_CODE:g} s with the room code.\n")
        print("| Attack | false votes until the hosts were told | in all | with a room code |\n|---|---|---|---|")
        for network, (name, attack) in enumerate(ATTACKS.items(), start=1):
            told, total = play(base, attack, network=network, seconds=seconds, with_code=False)
            _told, despite = play(
                base, attack, network=network + 100, seconds=seconds * SHARE_WITH_CODE, with_code=True
            )
            print(f"| {name} | {told} | {total} | {despite} |", flush=True)
        told, total = play(base, insider, network=99, seconds=seconds, with_code=True)
        print(f"| {INSIDER} | {told} | | {total} |")


@contextmanager
def serve_site(folder: Path) -> Iterator[str]:
    """Serve an empty site behind a pretended proxy, with its data in `folder`; yield its URL."""
    port = find_free_port()
    line = [sys.executable, "manage.py", "serve", "--prepare", "--port", str(port)]
    environment = {**os.environ, "DATA_DIR": str(folder), "TRUSTED_PROXIES": "1", "LOG_LEVEL": "ERROR"}
    environment["COOKIE_LABEL"] = ""  # the players know the cookies by their plain names
    server = subprocess.Popen(line, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        for said in server.stdout or ():
            if re.search("Jamsite is ready|Press Ctrl-C", said):
                break
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def play(base: str, attack: Attack, *, network: int, seconds: float, with_code: bool) -> tuple[str, int]:
    """Play one attack; return its votes until the first alarm, or "not told", and all of them."""
    from django.utils import timezone

    from jams.models import Event
    from jams.selectors.console import ALARMS
    from jams.services.room_code import get_room_code
    from votes.models import Vote

    entry, target = make_target(with_code=with_code)
    field = Field(
        base, target, network, time.monotonic() + seconds, lambda: get_room_code(entry.jam, now=timezone.now())
    )
    asyncio.run(attack(field))
    votes = Vote.objects.filter(entry=entry)
    alarm = Event.objects.filter(jam=entry.jam, verb__in=ALARMS).order_by("at").first()
    told = str(votes.filter(created_at__lte=alarm.at).count()) if alarm else "not told"
    return told, votes.count()


def make_target(*, with_code: bool) -> tuple["Entry", Target]:
    """Make a jam with ten songs."""
    from tests.builders import make_entry, make_jam

    jam = make_jam(room_secret="secret" if with_code else "")
    entry, *others = [make_entry(jam=jam) for _ in range(10)]
    return entry, Target(jam.slug, entry.pk, entry.song_id, tuple(other.pk for other in others))


if __name__ == "__main__":
    main()
