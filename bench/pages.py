"""Measures pages: warm (nothing has changed), cold (without a cache), and the number of their queries."""

import asyncio
import json
import subprocess
import sys
from dataclasses import dataclass

from bench.load import LoadResult, build_request, run_load
from bench.servers import ROOT, Server, serve_site

PAGES = {
    "home": "/",
    "jams": "/jams/",
    "jam page": "/jams/{hot}/",
    "board": "/jams/{hot}/board/",
    "songs": "/songs/",
    "venues": "/venues/",
    "API jams": "/api/v1/jams",
    "API songs": "/api/v1/songs",
    "API jam": "/api/v1/jams/by-slug/{hot}",
}
CONNECTIONS = 8
COUNT_QUERIES = """
import json, sys
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
client, counts = Client(), {}
cache.clear()
for path in json.load(sys.stdin):
    client.get("/jams/lantern-first-light/")
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200, path
        counts.setdefault(path, []).append(len(queries))
print(json.dumps(counts))
"""


@dataclass
class PageRow:
    name: str
    warm: LoadResult
    cold: LoadResult
    queries: list[int]


def measure_pages(environment: dict[str, str], hot: str, seconds: float, *, shape: str) -> list[PageRow]:
    """Return a row for each page. `shape` is "serve" or "split"."""
    paths = {name: path.format(hot=hot) for name, path in PAGES.items()}
    uncached = {"DJANGO_SETTINGS_MODULE": "bench.uncached_settings"}
    with serve_site(environment, shape=shape) as warm, serve_site(environment, shape=shape, **uncached) as cold:
        queries = count_queries(environment, list(paths.values()))
        return [
            PageRow(name, measure_page(warm, path, seconds), measure_page(cold, path, seconds / 2), queries[path])
            for name, path in paths.items()
        ]


def measure_page(server: Server, path: str, seconds: float) -> LoadResult:
    """Return the result of requesting one page for `seconds`, after a short warm-up."""
    asyncio.run(run_load(server.port, [build_request("GET", path)], connections=2, seconds=0.5))  # warm up
    return asyncio.run(run_load(server.port, [build_request("GET", path)], connections=CONNECTIONS, seconds=seconds))


def count_queries(environment: dict[str, str], paths: list[str]) -> dict[str, list[int]]:
    """Return the number of queries of each page's first and second visit, counted in a separate process."""
    line = [sys.executable, "manage.py", "shell", "--no-imports", "-c", COUNT_QUERIES]
    done = subprocess.run(
        line, cwd=ROOT, env=environment, input=json.dumps(paths), stdout=subprocess.PIPE, text=True, check=True
    )
    counts: dict[str, list[int]] = json.loads(done.stdout.splitlines()[-1])
    return counts
