"""Run the benchmarks and write bench/RESULTS.md. `python -m bench --quick` only checks that everything runs."""

import argparse
import asyncio
import os
import platform
import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bench import fanout, pages, proposals, search, votes
from bench.load import LoadResult
from bench.servers import ROOT, Server, prepare_site, serve_bare_django, serve_raw, serve_site
from bench.visitors import read_entries

RESULTS = ROOT / "bench" / "RESULTS.md"
SMALL, LARGE = "lantern-open-jam", "hot-jam"
QUIET_LOAD = 0.5  # processes that want to run, on average; more than that spoils the figures
BURST_PHONES = 500


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="A second for each figure, and nothing is written.")
    quick = parser.parse_args().quick
    seconds = 1 if quick else 4
    report = [
        *report_title(),
        *warn_unless_quiet(),
        *report_pages(seconds),
        *report_search(seconds),
        *report_votes(seconds),
        *report_fan_out(quick=quick),
        *report_proposals(),
    ]
    if not quick:
        RESULTS.write_text("\n".join(report) + "\n")
        print(f"Written to {RESULTS.relative_to(ROOT)}.")


def report_proposals() -> Iterator[str]:
    yield print_line("\n## Proposing a band\n")
    yield from map(print_line, proposals.report_proposals())


def print_line(line: str) -> str:
    print(line, flush=True)
    return line


def report_title() -> Iterator[str]:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    yield print_line("# What `make bench` measured last")
    yield print_line("")
    yield print_line(
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {commit.stdout.strip()}, Python {platform.python_version()}, "
        f"{os.cpu_count()} cores ({read_cpu_name()}), load {os.getloadavg()[0]:.1f} before. The load generator, the "
        "servers, PostgreSQL and Valkey share the machine, so only ratios travel. What a whole night of people does is "
        "in [LOAD.md](LOAD.md)."
    )


def warn_unless_quiet() -> Iterator[str]:
    load = os.getloadavg()[0]
    if load > QUIET_LOAD:
        yield print_line(f"\n**The machine was not quiet (load {load:.1f}): even ratios of this run mean little.**")


def read_cpu_name() -> str:
    found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return found[1] if found else platform.processor()


def report_pages(seconds: float) -> Iterator[str]:
    for shape, real in (("serve", False), ("serve", True), ("split", True)):
        floors = measure_floors(shape, seconds)
        for scale in (False, True):
            yield from report_page_table(floors, seconds, shape=shape, real=real, scale=scale)


def measure_floors(shape: str, seconds: float) -> dict[str, LoadResult]:
    """Return what is below every page: under daphne the raw limit, under gunicorn a bare Django view."""
    floors: dict[str, LoadResult] = {}
    if shape == "serve":
        with serve_raw() as server:
            floors["raw: daphne alone"] = pages.measure_page(server, "/floor/", seconds)
    with serve_bare_django(shape) as server:
        floors["a bare view"] = pages.measure_page(server, "/floor/", seconds)
    return floors


def report_page_table(
    floors: dict[str, LoadResult], seconds: float, *, shape: str, real: bool, scale: bool
) -> Iterator[str]:
    served = "gunicorn behind nginx" if shape == "split" else "daphne"
    where = "PostgreSQL and Valkey" if real else "SQLite"
    data = "2,000 jams, 5,000 songs, one jam with 60 songs and 5,000 votes" if scale else "the demo"
    floor_name, floor = next(iter(floors.items()))
    yield print_line(f"\n## Pages by {served}, {where}, {data}\n")
    yield print_line("8 connections. Warm: nothing has changed since the last visit. Cold: without a cache.")
    yield print_line(
        f"\n| Page | p50 ms | p95 ms | p99 ms | a second | of {floor_name} "
        "| cold p50 ms | queries cold / warm | bytes |"
    )
    yield print_line("|---|---|---|---|---|---|---|---|---|")
    for name, result in floors.items():
        yield print_line(format_row(name, result, floor) + " | | | |")
    with prepare_site(real=real, scale="large" if scale else "") as environment:
        for row in pages.measure_pages(environment, LARGE if scale else SMALL, seconds, shape=shape):
            cold, warm = row.queries
            more = f"{row.cold.percentile(50):.1f} | {cold} / {warm} | {row.warm.bytes_of_last}"
            yield print_line(f"{format_row(row.name, row.warm, floor)} | {more} |")


def format_row(name: str, result: LoadResult, floor: LoadResult) -> str:
    if result.statuses.keys() != {200}:
        raise RuntimeError(f"{name} answered {result.statuses}")
    percentiles = " | ".join(f"{result.percentile(percent):.1f}" for percent in (50, 95, 99))
    return f"| {name} | {percentiles} | {result.rate:.0f} | {result.rate / floor.rate:.2f}"


@contextmanager
def serve_hot_jam(count: int, *, real: bool, **changes: str) -> Iterator[tuple[list[Server], list[int]]]:
    """Yield `count` servers with the large data set, and the ids of the entries of its busy jam."""
    with ExitStack() as stack:
        environment = stack.enter_context(prepare_site(real=real, scale="large"))
        servers = [stack.enter_context(serve_site(environment, **changes)) for _ in range(count)]
        yield servers, asyncio.run(read_entries(servers[0].port, f"/jams/{LARGE}/"))


def report_search(seconds: float) -> Iterator[str]:
    yield from map(print_line, search.report_search_table(seconds))


def report_votes(seconds: float) -> Iterator[str]:
    yield print_line("\n## Votes\n")
    yield print_line("The floor is a PUT view that does nothing behind the same middleware on the same servers.\n")
    yield print_line("| Where | p50 ms | p95 ms | p99 ms | a second | of the floor |")
    yield print_line("|---|---|---|---|---|---|")
    for name, real, count in [
        ("SQLite, 1 daphne", False, 1),
        ("PostgreSQL, 1 daphne", True, 1),
        ("PostgreSQL, 2", True, 2),
    ]:
        with serve_hot_jam(count, real=real) as (servers, entries):
            for what, wanted in (("60 songs", entries), ("one song", entries[:1])):
                result, floor = asyncio.run(votes.measure_votes(servers, f"/jams/{LARGE}/", wanted, seconds))
                yield print_line(format_row(f"{name}, {what}", result, floor) + " |")


def report_fan_out(*, quick: bool) -> Iterator[str]:
    yield print_line("\n## Live updates\n")
    yield print_line(
        "Lag: from the answer to a vote until the last phone shows it. The hub waits 0.1 s to collect votes, and up to "
        "0.2 s when updates cost much.\n"
    )
    yield print_line(
        "| Where | phones | votes/s | messages/s | cores of the servers | lag p50 ms | p99 ms | max "
        "| phones wrong after 2 s | kB a phone | bytes a message |"
    )
    yield print_line("|---|---|---|---|---|---|---|---|---|---|---|")
    seconds = 3 if quick else 20
    yield report_fan_out_row("SQLite, 1 daphne", 500, 20, seconds, count=1, real=False)
    yield report_fan_out_row("PostgreSQL, 2 daphne", 1000, 50, 3 if quick else 60, count=2, real=True)
    yield report_fan_out_row("PostgreSQL, 1 daphne", 1000, 50, seconds, count=1, real=True)
    with serve_hot_jam(1, real=True) as (servers, _entries):
        rate, times = asyncio.run(fanout.measure_burst(servers[0], LARGE, phones=BURST_PHONES))
    yield print_line(
        f"\nThe hub alone, 1 daphne: 20 frames to {BURST_PHONES} phones in one go are {rate:.0f} messages/s; half of "
        f"them arrive within {times[len(times) // 2]:.0f} ms, 99 % within {times[int(len(times) * 0.99)]:.0f} ms."
    )


def report_fan_out_row(
    name: str, phones: int, pace: float, seconds: float, *, count: int, real: bool, **changes: str
) -> str:
    with serve_hot_jam(count, real=real, **changes) as (servers, entries):
        seen = asyncio.run(
            fanout.measure_fan_out(servers, LARGE, entries, phones=phones, votes_per_second=pace, seconds=seconds)
        )
    lags = " | ".join(
        f"{seen.lags[min(len(seen.lags) - 1, int(len(seen.lags) * part))]:.0f}" for part in (0.5, 0.99, 1)
    )
    return print_line(
        f"| {name} | {phones} | {pace} | {seen.messages_per_second:.0f} | {seen.cpu:.2f} | {lags} | {seen.wrong} | "
        f"{seen.bytes_per_phone / 1000:.0f} | {seen.frame_bytes:.0f} |"
    )


if __name__ == "__main__":
    main()
