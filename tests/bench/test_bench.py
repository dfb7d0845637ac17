"""The benchmark starts, and its calculations are right."""

import asyncio
import itertools
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from urllib.request import urlopen

import pytest

from bench.load import LoadResult, build_request, run_load
from bench.servers import serve_bare_django, wait_for_port
from bench.sockets import VOTES_PATTERN
from tests.servers import PATIENCE, ROOT


def test_bench_starts_without_environment_variables() -> None:
    line = [sys.executable, "-m", "bench", "--help"]
    told = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, env={}, timeout=PATIENCE, check=True)
    assert "--quick" in told.stdout


@pytest.mark.parametrize("shape", ["serve", "split"])
def test_floor_of_the_pages_answers(shape: str) -> None:
    with (
        serve_bare_django(shape) as server,
        urlopen(f"http://127.0.0.1:{server.port}/floor/", timeout=PATIENCE) as response,
    ):
        assert response.status == 200


def test_server_is_ready_when_it_answers_not_found() -> None:
    answered = threading.Event()

    class NothingHere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answered.set()
            self.send_error(404)

    with HTTPServer(("127.0.0.1", 0), NothingHere) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        wait_for_port(server.server_port, seconds=PATIENCE)
    assert answered.is_set()


@pytest.mark.parametrize(("percent", "milliseconds"), [(50, 51), (95, 96), (99, 100), (100, 100)])
def test_load_result_percentile_is_in_milliseconds(percent: float, milliseconds: float) -> None:
    result = LoadResult(seconds=2.0, latencies=[number / 1000 for number in range(1, 101)])
    assert (result.percentile(percent), result.rate) == (milliseconds, 50)


def test_load_goes_on_when_a_server_ends_its_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    connections = []
    seconds = itertools.count()
    monkeypatch.setattr("bench.load.time", SimpleNamespace(perf_counter=lambda: next(seconds)))

    async def answer_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        writer.close()

    async def measure() -> LoadResult:
        async with await asyncio.start_server(answer_once, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            return await run_load(port, [build_request("GET", "/")], connections=1, seconds=9)

    result = asyncio.run(measure())
    assert result.statuses == {200: len(connections)}
    assert len(connections) > 1


def test_build_request_is_complete() -> None:
    assert build_request("PUT", "/x/", X_CSRFToken="t").decode().split("\r\n") == [
        "PUT /x/ HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Length: 0",
        "X-CSRFToken: t",
        "",
        "",
    ]


def test_votes_pattern_reads_the_votes_of_a_frame() -> None:
    frame = b'<data id="board-order" value="7" hidden></data><span id="votes-17" class="votes">5</span>'
    assert VOTES_PATTERN.findall(frame) == [(b"17", b"5")]
