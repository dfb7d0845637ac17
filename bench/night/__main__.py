"""Load test with the traffic of a whole night; writes its results to bench/LOAD.md.

`make load PEOPLE=300` starts PostgreSQL, Valkey, gunicorn, daphne and nginx. People arrive within 30 s and stay for
`--seconds`. At the end every vote that was acknowledged must be on the board.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psutil

from bench.__main__ import read_cpu_name
from bench.night.summary import CPUShare, list_missed_goals, render_section, replace_section
from bench.servers import ROOT, START_TIMEOUT_SECONDS, prepare_site, serve_site

REPORT = ROOT / "bench" / "LOAD.md"
JAM = "/jams/lantern-open-jam/"
ARRIVAL_SECONDS = 30  # seconds in which everybody comes
USUAL_PEOPLE = 300  # people behind one address, up to which the limits are left as they are
CODE_PATTERN = re.compile(r"/j/(?:<wbr>)?<strong>(\w+)</strong>")
VOTES_PATTERN = re.compile(r'id="votes-(\d+)"[^>]*>(\d+)<')


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--people", type=int, default=USUAL_PEOPLE)
    parser.add_argument("--seconds", type=int, default=90, help="How long they stay once all are there (%(default)s).")
    parser.add_argument(
        "--shape", choices=["split", "serve"], default="split", help="serve: one daphne for everything."
    )
    parser.add_argument("--sqlite", action="store_true", help="SQLite and no Valkey; one daphne.")
    options = parser.parse_args()
    shape = "serve" if options.sqlite else options.shape
    with prepare_site(real=not options.sqlite) as environment:
        environment |= {"DJANGO_SETTINGS_MODULE": "jamsite.settings", **raise_limits(options.people)}
        with serve_site(environment, shape=shape) as server:
            night = run_night(
                f"http://127.0.0.1:{server.port}", options.people, options.seconds, environment["DATA_DIR"]
            )
    where = f"{'SQLite' if options.sqlite else 'PostgreSQL and Valkey'}, {shape}"
    text = render_section(
        night, title=f"{options.people} people, {where}", circumstances=describe_circumstances(options.seconds)
    )
    print(text)
    REPORT.write_text(replace_section(REPORT.read_text() if REPORT.exists() else "", text))
    sys.exit(
        f"Missed: {'; '.join(list_missed_goals(night))}"
        if list_missed_goals(night) and options.people <= USUAL_PEOPLE
        else 0
    )


def raise_limits(people: int) -> dict[str, str]:
    """Return higher rate limits for more people than fit into a bar, because all of them have the same address."""
    return {} if people <= USUAL_PEOPLE else {"NEWCOMER_RATE": f"{2 * people}/10m", "ADDRESS_RATE": f"{10 * people}/m"}


def describe_circumstances(seconds: int) -> str:
    load = os.getloadavg()[0]
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores ({read_cpu_name()}), which the servers, the "
        f"databases and Locust share; load {load:.1f} at the end. All arrive within {ARRIVAL_SECONDS} s and stay "
        f"{seconds} s."
    )


def run_night(host: str, people: int, seconds: int, folder: str) -> dict[str, Any]:
    """Run Locust; return its results, with the number of wrong vote counts and the CPU shares of all processes."""
    before, out = read_votes(host), Path(folder) / "night.json"
    stage = CODE_PATTERN.search(httpx.get(f"{host}{JAM}stage/", timeout=START_TIMEOUT_SECONDS).text)
    if stage is None:
        raise RuntimeError("The stage screen shows no code for this jam.")
    settings = {"code": stage[1], "page": JAM, "out": str(out)}
    line = [sys.executable, "-m", "locust", "--locustfile", "bench/night/people.py", "--headless", "--host", host]
    line += [
        "--users",
        str(people),
        "--spawn-rate",
        str(people / ARRIVAL_SECONDS),
        "--run-time",
        f"{ARRIVAL_SECONDS + seconds}s",
    ]
    line += ["--stop-timeout", "30", "--only-summary", "--loglevel", "WARNING", "--exit-code-on-error", "0"]
    environment = {**os.environ, "NIGHT": json.dumps(settings), "PYTHONPATH": str(ROOT)}
    with measure_shares(folder) as shares:
        subprocess.run(line, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    night = json.loads(out.read_text())
    after = read_votes(host)
    kept = {int(song): count for song, count in night["kept"].items()}
    night["wrong"] = sum(abs(after.get(song, 0) - before[song] - kept.get(song, 0)) for song in before)
    return {**night, "hearts": sum(kept.values()), "shares": shares}


def read_votes(host: str) -> dict[int, int]:
    board = httpx.get(f"{host}{JAM}board/", headers={"HX-Request": "true"}, timeout=START_TIMEOUT_SECONDS).text
    return {int(song): int(count) for song, count in VOTES_PATTERN.findall(board)}


@contextmanager
def measure_shares(folder: str) -> Iterator[list[CPUShare]]:
    """Yield a list, and add the CPU share of each kind of process to it when the context ends."""
    shares: list[CPUShare] = []
    before, began = read_cpu_seconds(folder), datetime.now(UTC)
    yield shares
    elapsed = (datetime.now(UTC) - began).total_seconds()
    after = read_cpu_seconds(folder)
    shares += [CPUShare(name, (after[name] - before.get(name, 0)) / elapsed) for name in sorted(after)]


def read_cpu_seconds(folder: str) -> dict[str, float]:
    """Return the CPU seconds of our processes so far, by kind. Of processes that have ended only Locust counts."""
    seconds = {"Locust": os.times().children_user + os.times().children_system}
    for process in psutil.Process().children(recursive=True) + find_detached_processes(folder):
        try:
            kind, times = name_process(process), process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        seconds[kind] = seconds.get(kind, 0) + times.user + times.system
    return seconds


def find_detached_processes(folder: str) -> list[psutil.Process]:
    """Return PostgreSQL's processes, which are not our children but have `folder` in their command line."""
    roots = [one for one in psutil.process_iter(["cmdline"]) if folder in " ".join(one.info["cmdline"] or [])]
    ours = {process.pid for process in psutil.Process().children(recursive=True)}
    kin = [process for root in roots for process in (root, *root.children(recursive=True))]
    return [process for process in {one.pid: one for one in kin}.values() if process.pid not in ours]


def name_process(process: psutil.Process) -> str:
    line = f"{process.name()} {' '.join(process.cmdline())}"
    kinds = (("nginx", "nginx"), ("gunicorn", "gunicorn"), ("postgres", "PostgreSQL"), ("valkey", "Valkey"))
    return next((kind for word, kind in kinds if word in line), "daphne")


if __name__ == "__main__":
    main()
