"""The benchmark starts, and its calculations are right."""

import subprocess
import sys

import pytest

from bench.load import LoadResult, build_request
from bench.sockets import VOTES_PATTERN
from tests.servers import PATIENCE, ROOT


def test_bench_starts_without_environment_variables() -> None:
    line = [sys.executable, "-m", "bench", "--help"]
    told = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, env={}, timeout=PATIENCE, check=True)
    assert "--quick" in told.stdout


@pytest.mark.parametrize(("percent", "milliseconds"), [(50, 51), (95, 96), (99, 100), (100, 100)])
def test_load_result_percentile_is_in_milliseconds(percent: float, milliseconds: float) -> None:
    result = LoadResult(seconds=2.0, latencies=[number / 1000 for number in range(1, 101)])
    assert (result.percentile(percent), result.rate) == (milliseconds, 50)


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
