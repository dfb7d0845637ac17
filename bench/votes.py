"""Measures votes per second, next to a view that does nothing behind the same middleware."""

import asyncio

from bench.load import LoadResult, build_request, run_load
from bench.servers import Server
from bench.visitors import build_vote_requests, open_browsers

CONNECTIONS, PEOPLE = 16, 60


async def measure_votes(
    servers: list[Server], page: str, entries: list[int], seconds: float
) -> tuple[LoadResult, LoadResult]:
    """Return the votes, over all servers, and the floor on the same servers."""
    people = await open_browsers(servers[0].port, page, PEOPLE)
    cookies, token = people[0]
    nothing = [build_request("PUT", "/floor/", Cookie=cookies, X_CSRFToken=token, HX_Request="true")]
    votes = build_vote_requests(people, page, entries)
    return await _load_servers(servers, votes, seconds), await _load_servers(servers, nothing, seconds)


async def _load_servers(servers: list[Server], requests: list[bytes], seconds: float) -> LoadResult:
    share = CONNECTIONS // len(servers)
    parts = await asyncio.gather(
        *(
            run_load(server.port, requests[number :: len(servers)], connections=share, seconds=seconds)
            for number, server in enumerate(servers)
        )
        if len(requests) >= len(servers)
        else (run_load(server.port, requests, connections=share, seconds=seconds) for server in servers)
    )
    whole = LoadResult(seconds=max(part.seconds for part in parts))
    for part in parts:
        whole.latencies += part.latencies
        for status, count in part.statuses.items():
            whole.statuses[status] = whole.statuses.get(status, 0) + count
    return whole
