"""Measures how fast a vote reaches every phone, and what a connected phone costs."""

import asyncio
import time
from dataclasses import dataclass, field
from itertools import cycle

from bench.load import build_request, read_response
from bench.servers import Server
from bench.sockets import VOTES_PATTERN, Phone, open_phones
from bench.visitors import build_vote_requests, open_browsers

BURST_FRAMES = 20  # frames; see bench.urls.send_burst


@dataclass
class BoardWatcher:
    """Records which messages arrive at the phones, and when each phone shows each vote."""

    phones: int
    messages: int = 0
    volume: int = 0  # bytes
    seen: dict[tuple[int, int], list[float]] = field(default_factory=dict)  # by entry and its number of votes
    shown: dict[int, dict[int, int]] = field(default_factory=dict)  # by phone: the votes of each entry

    def record(self, phone: Phone, frame: bytes, now: float) -> None:
        self.messages += 1
        self.volume += len(frame)
        state = self.shown.setdefault(id(phone), {})
        for found in VOTES_PATTERN.finditer(frame):
            entry, votes = int(found[1]), int(found[2])
            for count in range(state.get(entry, votes) + 1, votes + 1):
                self.seen.setdefault((entry, count), []).append(now)
            state[entry] = votes


@dataclass
class FanOutResult:
    phones: int
    bytes_per_phone: float
    messages_per_second: float
    lags: list[float]
    wrong: int
    frame_bytes: float
    cpu: float


async def measure_fan_out(
    servers: list[Server], slug: str, entries: list[int], *, phones: int, votes_per_second: float, seconds: float
) -> FanOutResult:
    """Connect `phones` to one jam while votes are cast at this pace; no vote is withdrawn."""
    page = f"/jams/{slug}/"
    people = await open_browsers(servers[0].port, page, max(2, int(votes_per_second * seconds / len(entries)) + 2))
    requests = build_vote_requests(people, page, entries)[: len(people) * len(entries)]
    watch = BoardWatcher(phones)
    before = sum(server.memory() for server in servers)
    listeners: list[Phone] = []
    for server in servers:
        listeners += await open_phones(server.port, f"/ws/jams/{slug}/", phones // len(servers), watch.record)
    await asyncio.sleep(1)
    memory = sum(server.memory() for server in servers) - before
    watch.messages = watch.volume = 0
    cpu, started = sum(server.cpu_seconds() for server in servers), time.perf_counter()
    acked = await vote_at_pace(servers, requests, votes_per_second, seconds)
    elapsed = time.perf_counter() - started
    cpu = (sum(server.cpu_seconds() for server in servers) - cpu) / elapsed
    sent, size = watch.messages, watch.volume
    await asyncio.sleep(2)
    states = {tuple(sorted(state.items())) for state in watch.shown.values()}
    return FanOutResult(
        phones=phones,
        bytes_per_phone=memory / phones,
        messages_per_second=sent / elapsed,
        lags=_calculate_lags(acked, watch),
        wrong=len(states) - 1 + sum(phone.closed for phone in listeners),
        frame_bytes=size / max(1, sent),
        cpu=cpu,
    )


async def measure_burst(server: Server, slug: str, *, phones: int) -> tuple[float, list[float]]:
    """Have the hub send 20 frames to `phones`; return the messages per second, and the delay of each in ms."""
    arrived: list[float] = []
    await open_phones(server.port, f"/ws/jams/{slug}/", phones, lambda _phone, _frame, now: arrived.append(now))
    while len(arrived) < phones:
        await asyncio.sleep(0.1)
    arrived.clear()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    started = time.perf_counter()
    writer.write(build_request("GET", f"/burst/{slug}/"))
    await read_response(reader)
    while len(arrived) < phones * BURST_FRAMES:
        await asyncio.sleep(0.01)
    writer.close()
    return len(arrived) / (max(arrived) - started), sorted((now - started) * 1000 for now in arrived)


async def vote_at_pace(
    servers: list[Server], requests: list[bytes], pace: float, seconds: float
) -> dict[int, list[float]]:
    """Send `pace` requests per second; return the times of the responses, by the entry that got the vote."""
    acked: dict[int, list[float]] = {}
    ports = cycle([server.port for server in servers])
    idle: dict[int, list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]] = {}
    started = time.perf_counter()

    async def send(bytes_: bytes, port: int) -> None:
        pool = idle.setdefault(port, [])
        reader, writer = pool.pop() if pool else await asyncio.open_connection("127.0.0.1", port)
        writer.write(bytes_)
        status = (await read_response(reader)).status
        now = time.perf_counter()
        pool.append((reader, writer))
        if status == 200:
            acked.setdefault(int(bytes_.split(b"/songs/")[1].split(b"/")[0]), []).append(now)

    async with asyncio.TaskGroup() as group:
        for number, one in enumerate(requests[: int(pace * seconds)]):
            await asyncio.sleep(max(0, started + number / pace - time.perf_counter()))
            group.create_task(send(one, next(ports)))
    return acked


def _calculate_lags(acked: dict[int, list[float]], watch: BoardWatcher) -> list[float]:
    """Return the milliseconds from the response to each vote until the last phone showed it.

    The n-th response for a song is matched with its n-th vote, which is right unless responses overtake each other.
    """
    lags = []
    for entry, times in acked.items():
        counts = sorted(count for one, count in watch.seen if one == entry)
        for answered, count in zip(sorted(times), counts, strict=False):
            lags.append(max(0.0, max(watch.seen[entry, count]) - answered) * 1000)
    return sorted(lags)
