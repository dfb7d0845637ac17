"""How many votes a second, beside a view that does nothing behind the same middleware."""

import asyncio

from bench.load import Result, load, request
from bench.servers import Server
from bench.visitors import crowd, taps

CONNECTIONS, PEOPLE = 16, 60


async def measure(servers: list[Server], page: str, entries: list[int], seconds: float) -> tuple[Result, Result]:
    """Return the votes, over all servers, and the floor on the same servers."""
    people = await crowd(servers[0].port, page, PEOPLE)
    cookies, token = people[0]
    nothing = [request("PUT", "/floor/", Cookie=cookies, X_CSRFToken=token, HX_Request="true")]
    votes = taps(people, page, entries)
    return await _spread(servers, votes, seconds), await _spread(servers, nothing, seconds)


async def _spread(servers: list[Server], requests: list[bytes], seconds: float) -> Result:
    share = CONNECTIONS // len(servers)
    parts = await asyncio.gather(
        *(
            load(server.port, requests[number :: len(servers)], connections=share, seconds=seconds)
            for number, server in enumerate(servers)
        )
        if len(requests) >= len(servers)
        else (load(server.port, requests, connections=share, seconds=seconds) for server in servers)
    )
    whole = Result(seconds=max(part.seconds for part in parts))
    for part in parts:
        whole.latencies += part.latencies
        for status, count in part.statuses.items():
            whole.statuses[status] = whole.statuses.get(status, 0) + count
    return whole
