"""Measures what growth costs: `python -m bench.growth` writes bench/GROWTH.md.

The same pages on a small, a large and a huge data set, without a cache, on SQLite and on PostgreSQL. The huge sets
take minutes to make. `--only SQLite` or `--only PostgreSQL` measures one database, and writes nothing.
"""

import argparse
import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

from bench.search import time_searches
from bench.servers import ROOT, prepare_site
from demo.scale import HOT_JAM_SLUG, SCALES

RESULTS = ROOT / "bench" / "GROWTH.md"
PAGES = {
    "home": "/",
    "jams": "/jams/",
    "jams, past": "/jams/?when=past",
    "jams, past, page 4": "/jams/?when=past&page=4",
    "songs": "/songs/",
    "songs, most played": "/songs/?order=plays",
    "songs, page 9": "/songs/?page=9",
    "a song": "/songs/{song}/",
    "venues": "/venues/",
    "a venue": "/venues/scale-7/",
    "a past jam": "/jams/{past}/",
    "search": "/search/?q=amber",
    "API jams": "/api/v1/jams",
    "API songs": "/api/v1/songs",
    "the busy jam": "/jams/{hot}/",
    "its board": "/jams/{hot}/board/",
}
VISITS = 15  # of each page: the fastest one counts, which other work on the machine disturbed least
BOARDS = 7
MOST = 1.3  # times the cost on the small data set
BOARD_LIMIT_MS = 60
SHOWS_MORE = {"the busy jam", "its board"}  # 300 songs instead of 60
DATABASES = {"SQLite": False, "PostgreSQL": True}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=DATABASES)
    parser.add_argument("--here", action="store_true", help="Measure the configured database, and print JSON.")
    options = parser.parse_args()
    if options.here:
        print(json.dumps(measure_configured_site()))
        return
    lines = list(report_title())
    for name in [options.only] if options.only else DATABASES:
        lines += report_database(name)
    if not options.only:
        RESULTS.write_text("\n".join(lines) + "\n")


def report_title() -> Iterator[str]:
    yield print_line("# What growth costs\n")
    yield print_line(
        f"`python -m bench.growth`, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores, load "
        f"{os.getloadavg()[0]:.1f} before. Milliseconds of a page without a cache and without a server, the fastest of "
        f"{VISITS} visits, and its queries. A page that shows the same should cost at most {MOST} times as much on "
        "the huge data set as on the small one.\n"
    )
    yield print_line("| | venues | jams | songs | votes | the busy jam |")
    yield print_line("|---|---|---|---|---|---|")
    for name, scale in SCALES.items():
        votes = scale.jams * scale.voters * 5 + scale.hot_votes
        yield print_line(
            f"| {name} | {scale.venues:,} | {scale.jams:,} | {scale.songs:,} | {votes:,} "
            f"| {scale.hot_songs} songs, {scale.hot_people:,} people |"
        )


def report_database(name: str) -> Iterator[str]:
    yield print_line(f"\n## {name}\n")
    found, searches = {}, {}
    for scale in SCALES:
        with prepare_site(real=DATABASES[name], scale=scale) as environment:
            uncached = environment | {"DJANGO_SETTINGS_MODULE": "bench.uncached_settings"}
            line = [sys.executable, "-m", "bench.growth", "--here"]
            done = subprocess.run(line, cwd=ROOT, env=uncached, stdout=subprocess.PIPE, text=True, check=True)
            found[scale] = json.loads(done.stdout.splitlines()[-1])
            searches[scale] = time_searches(environment)
    yield print_line("| Page | " + " | ".join(f"{scale} ms | queries" for scale in SCALES) + " | huge / small |")
    yield print_line("|---|" + "---|" * (2 * len(SCALES) + 1))
    for page in PAGES:
        rows = [found[scale]["pages"][page] for scale in SCALES]
        cells = " | ".join(f"{row['ms']:.1f} | {row['queries']}" for row in rows)
        yield print_line(f"| {page} | {cells} | {format_ratio(page, rows[-1]['ms'] / rows[0]['ms'])} |")
    yield print_line("\n| | " + " | ".join(SCALES) + " |")
    yield print_line("|---|" + "---|" * len(SCALES))
    boards = " | ".join(f"{found[scale]['board']:.1f}" for scale in SCALES)
    yield print_line(f"| CPU of the board of the busy jam, ms (300 songs: at most {BOARD_LIMIT_MS}) | {boards} |")
    for percent in (50, 95):
        times = " | ".join(f"{searches[scale].percentile(percent):.1f}" for scale in SCALES)
        yield print_line(f"| a search, p{percent} ms | {times} |")


def format_ratio(page: str, ratio: float) -> str:
    if page in SHOWS_MORE:
        return f"{ratio:.2f} (300 songs, not 60)"
    return f"{ratio:.2f}" if ratio <= MOST else f"**{ratio:.2f}**"


def print_line(line: str) -> str:
    print(line, flush=True)
    return line


# -- In a process with the settings of one site -------------------------------------------------------------


def measure_configured_site() -> dict[str, Any]:
    """Return {"pages": {name: {"ms", "queries"}}, "board": milliseconds of CPU}."""
    import django

    django.setup()
    from django.db import connection
    from django.test import Client

    from jams.selectors.board import read_board, read_order

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    client = Client()
    pages = {name: measure_page(client, path) for name, path in find_paths().items()}
    build = partial(read_board, HOT_JAM_SLUG, order=read_order(HOT_JAM_SLUG))
    return {"pages": pages, "board": take_fastest(build, BOARDS, time.process_time)}


def find_paths() -> dict[str, str]:
    from jams.models import Jam, JamStatus
    from songs.models import Song

    past = Jam.objects.filter(status=JamStatus.ENDED, slug__startswith="scale-").order_by("-starts_at")[0]
    song = Song.objects.filter(entries__jam=past).order_by("pk")[0]
    return {name: path.format(hot=HOT_JAM_SLUG, past=past.slug, song=song.pk) for name, path in PAGES.items()}


def measure_page(client: Any, path: str) -> dict[str, float]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def visit() -> None:
        if (status := client.get(path).status_code) != 200:
            raise RuntimeError(f"{path} answered {status}")

    visit()
    with CaptureQueriesContext(connection) as queries:
        visit()
    return {"ms": take_fastest(visit, VISITS, time.perf_counter), "queries": len(queries)}


def take_fastest(work: Callable[[], object], times: int, clock: Callable[[], float]) -> float:
    """Return the milliseconds of the fastest of `times` rounds by `clock`, without garbage collection."""
    rounds = []
    gc.disable()
    for _ in range(times):
        begun = clock()
        work()
        rounds.append(clock() - begun)
        gc.collect()
    gc.enable()
    return min(rounds) * 1000


if __name__ == "__main__":
    main()
