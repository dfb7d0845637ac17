"""How fast a search is: the tests' table of what people type, by the function itself and as a page.

`python -m bench.search` measures this alone.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlencode

from bench.load import Result, load, request
from bench.servers import ROOT, place, serve
from tests.songs.table import FAMOUS, MEANT

BAR = 30  # ms, for 95 of 100 searches
ROUNDS = 5
FIND = """
import json, sys, time
from django.db import connection
from django.utils import timezone
from search.selectors.site_search import Sought, find
from songs.models import Song
told = json.load(sys.stdin)
Song.objects.bulk_create([Song(title=title, artist=artist) for title, artist in told["famous"]], ignore_conflicts=True)
if connection.vendor == "postgresql":
    connection.cursor().execute("ANALYZE")
seconds = []
for _ in range(1 + told["rounds"]):
    for typed in told["typed"]:
        begun = time.perf_counter()
        find(Sought(typed), now=timezone.now())
        seconds.append(time.perf_counter() - begun)
print(json.dumps(seconds[len(told["typed"]):]))
"""


def table(seconds: float) -> Iterator[str]:
    """Yield the lines of a table: SQLite and PostgreSQL, each by the function and as a page."""
    yield f"\n## Search: {len(MEANT)} things that people type, 5,000 songs, 2,000 jams, 200 venues\n"
    yield f"One after the other, over songs, jams and venues at once. The bar is a p95 below {BAR} ms for the function."
    yield "\n| Where | p50 ms | p95 ms | below the bar | page p50 ms | page p95 ms |"
    yield "|---|---|---|---|---|---|"
    for name, real in (("SQLite", False), ("PostgreSQL", True)):
        with place(real=real, scale=True) as environment:
            found = find(environment)
            with serve(environment) as server:
                visits = [request("GET", f"/search/?{urlencode({'q': typed})}") for typed in MEANT]
                asyncio.run(load(server.port, visits, connections=1, seconds=1))  # warm up
                pages = asyncio.run(load(server.port, visits, connections=1, seconds=2 * seconds))
        yield line(name, found, pages)


def find(environment: dict[str, str]) -> Result:
    """Search for each of the table ROUNDS times, in a process of its own."""
    told = json.dumps({"famous": FAMOUS, "typed": list(MEANT), "rounds": ROUNDS})
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", FIND]
    done = subprocess.run(command, cwd=ROOT, env=environment, input=told, stdout=subprocess.PIPE, text=True, check=True)
    return Result(latencies=json.loads(done.stdout.splitlines()[-1]))


def line(name: str, found: Result, pages: Result) -> str:
    if pages.statuses.keys() != {200}:
        raise RuntimeError(f"The search page answered {pages.statuses}")
    verdict = "yes" if found.percentile(95) < BAR else "**no**"
    ours, theirs = (f"{one.percentile(50):.1f} | {one.percentile(95):.1f}" for one in (found, pages))
    return f"| {name} | {ours} | {verdict} | {theirs} |"


if __name__ == "__main__":
    for row in table(4):
        print(row, flush=True)
