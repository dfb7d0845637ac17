"""Measures searches from the tests' table of queries, by calling the function and by requesting the page.

`python -m bench.search` runs only this benchmark.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlencode

from bench.load import LoadResult, build_request, run_load
from bench.servers import ROOT, prepare_site, serve_site
from tests.songs.table import FAMOUS, MEANT

LIMIT_MS = 30  # ms, for 95 of 100 searches
ROUNDS = 5
SEARCH_SCRIPT = """
import json, sys, time
from django.db import connection
from django.utils import timezone
from search.selectors.site_search import SearchQuery, search_site
from songs.models import Song
job = json.load(sys.stdin)
Song.objects.bulk_create([Song(title=title, artist=artist) for title, artist in job["famous"]], ignore_conflicts=True)
if connection.vendor == "postgresql":
    connection.cursor().execute("ANALYZE")
seconds = []
for _ in range(1 + job["rounds"]):
    for typed in job["typed"]:
        begun = time.perf_counter()
        search_site(SearchQuery(typed), now=timezone.now())
        seconds.append(time.perf_counter() - begun)
print(json.dumps(seconds[len(job["typed"]):]))
"""


def report_search_table(seconds: float) -> Iterator[str]:
    """Yield the lines of a table that compares SQLite and PostgreSQL."""
    yield f"\n## Search: {len(MEANT)} queries, 5,000 songs, 2,000 jams, 200 venues\n"
    yield f"One search at a time, over songs, jams and venues. The p95 of the function should be below {LIMIT_MS} ms."
    yield f"\n| Where | p50 ms | p95 ms | below {LIMIT_MS} ms | page p50 ms | page p95 ms |"
    yield "|---|---|---|---|---|---|"
    for name, real in (("SQLite", False), ("PostgreSQL", True)):
        with prepare_site(real=real, scale="large") as environment:
            found = time_searches(environment)
            with serve_site(environment) as server:
                visits = [build_request("GET", f"/search/?{urlencode({'q': typed})}") for typed in MEANT]
                asyncio.run(run_load(server.port, visits, connections=1, seconds=1))  # warm up
                pages = asyncio.run(run_load(server.port, visits, connections=1, seconds=2 * seconds))
        yield format_row(name, found, pages)


def time_searches(environment: dict[str, str]) -> LoadResult:
    """Return the time of each search of the table, made ROUNDS times in a separate process."""
    job = json.dumps({"famous": FAMOUS, "typed": list(MEANT), "rounds": ROUNDS})
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", SEARCH_SCRIPT]
    done = subprocess.run(command, cwd=ROOT, env=environment, input=job, stdout=subprocess.PIPE, text=True, check=True)
    return LoadResult(latencies=json.loads(done.stdout.splitlines()[-1]))


def format_row(name: str, found: LoadResult, pages: LoadResult) -> str:
    if pages.statuses.keys() != {200}:
        raise RuntimeError(f"The search page answered {pages.statuses}")
    verdict = "yes" if found.percentile(95) < LIMIT_MS else "**no**"
    ours, theirs = (f"{one.percentile(50):.1f} | {one.percentile(95):.1f}" for one in (found, pages))
    return f"| {name} | {ours} | {verdict} | {theirs} |"


if __name__ == "__main__":
    for row in report_search_table(4):
        print(row, flush=True)
