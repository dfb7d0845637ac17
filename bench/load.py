"""A load generator: many connections, one request at a time on each, as raw HTTP/1.1 with keep-alive.

httpx and its like spend more time on a request than Jamsite does; this one spends about 0.1 ms.
"""

import asyncio
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import cycle
from typing import NamedTuple


@dataclass
class LoadResult:
    """The result of a load test: the seconds each response took, and the number of each status."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    bytes_of_last: int = 0

    @property
    def rate(self) -> float:
        """Responses per second."""
        return len(self.latencies) / self.seconds

    def percentile(self, percent: float) -> float:
        """Return the milliseconds within which `percent` of all responses arrived."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] * 1000


def build_request(method: str, path: str, **headers: str) -> bytes:
    """Return the bytes of a request. In the names of `headers`, _ stands for -."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Length: 0"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Response(NamedTuple):
    status: int
    body: bytes
    is_last: bool  # of its connection, as nginx says after a thousand


async def read_response(reader: asyncio.StreamReader) -> Response:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    headers = head.lower()
    if "content-length:" in headers:
        body = await reader.readexactly(int(headers.split("content-length:")[1].split("\r\n")[0]))
    elif "transfer-encoding: chunked" in headers:
        body = await _read_chunks(reader)
    else:
        body = b""
    return Response(int(head.split(" ", 2)[1]), body, "connection: close" in headers)


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int(await reader.readline(), 16):
        body += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return body


async def run_load(port: int, requests: Iterable[bytes], *, connections: int, seconds: float) -> LoadResult:
    """Send `requests` repeatedly for `seconds`, on this number of connections at once."""
    result, endless = LoadResult(), cycle(list(requests))
    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(_run_connection(port, endless, started + seconds, result))
    result.seconds = time.perf_counter() - started
    return result


async def _run_connection(port: int, requests: Iterator[bytes], until: float, result: LoadResult) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (begun := time.perf_counter()) < until:
        writer.write(next(requests))
        response = await read_response(reader)
        result.latencies.append(time.perf_counter() - begun)
        result.statuses[response.status] = result.statuses.get(response.status, 0) + 1
        result.bytes_of_last = len(response.body)
        if response.is_last:
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()
