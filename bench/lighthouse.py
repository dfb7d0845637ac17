"""`make lighthouse`: rate pages of the demo with Google's Lighthouse, on a slow phone, and write docs/lighthouse.md."""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bench import interactions
from bench.servers import ROOT, prepare_site, serve_site
from tests.phones import find_chromium, install_chromium

RESULTS = ROOT / "docs" / "lighthouse.md"
LIGHTHOUSE = "lighthouse@12.8.2"
LONG_JAM = "/jams/hot-jam/"
PAGES = {
    "home": "/",
    "list of jams": "/jams/",
    "jam": "/jams/lantern-open-jam/",
    "jam of 60 songs": LONG_JAM,
    "venue": "/venues/blue-lantern-berlin/",
    "song": "/songs/1/",
}
TRIES = 3
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
HEAD = f"""\
# Lighthouse

What `make lighthouse` measured last: {{when:%Y-%m-%d %H:%M}} UTC, commit {{commit}}, {LIGHTHOUSE} with its
preset for phones (slow 4G, a processor slowed four times), the first visit of a guest, served by `manage.py serve` over
plain HTTP. The figures are medians of {{runs}} loads. Load before: {{load:.0f}} on {os.cpu_count()} cores.
Lighthouse multiplies the time that scripts took, so whatever runs beside it costs performance.

| Page | Performance | Accessibility | Best practices | SEO | Largest paint | Layout shift | Blocked | Sent | Requests |
|---|---|---|---|---|---|---|---|---|---|
"""
FOOT = f"""
**Interaction to next paint** on the jam of 60 songs, while a room casts {interactions.VOTES_PER_SECOND} votes a second,
on a phone slowed four times: {{paint:.0f}} ms, in {{count}} taps and keys within {interactions.SECONDS} s; half of them
took {{median:.0f}} ms or less.
"""


@dataclass
class Rating:
    """What Lighthouse says of one page."""

    scores: list[int]
    paint: float  # seconds until the largest thing on the screen is there
    shift: float
    blocked: float  # milliseconds in which no tap would have been answered
    size: int  # bytes over the network
    requests: int
    faults: list[str]  # what is less than perfect and counts

    def row(self, name: str) -> str:
        scores = " | ".join(map(str, self.scores))
        measured = f"{self.paint:.1f} s | {self.shift:.2g} | {self.blocked:.0f} ms | {self.size / 1000:.0f} kB"
        return f"| {name} | {scores} | {measured} | {self.requests} |"


def main() -> int:
    """Rate every page; return the number of pages that have less than 100 in any category."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="An odd number of runs of each page.")
    runs = parser.parse_args().runs
    path = find_chromium() or install_chromium()
    commit = subprocess.check_output(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, text=True).strip()
    report = [HEAD.format(when=datetime.now(UTC), commit=commit, runs=runs, load=os.getloadavg()[0])]
    faulty = 0
    rates = dict.fromkeys(("ADDRESS_RATE", "NEWCOMER_RATE"), "1000000/m")
    with prepare_site(real=False, scale="large") as environment, serve_site(environment, **rates) as server:
        for name, address in PAGES.items():
            ratings = [rate(f"http://127.0.0.1:{server.port}{address}", str(path)) for _ in range(runs)]
            rating = sorted(ratings, key=lambda one: one.scores[0])[runs // 2]
            print(rating.row(name), *rating.faults, sep="\n  ", flush=True)
            report.append(rating.row(name) + "\n")
            faulty += min(rating.scores) < 100
        durations = interactions.measure_interactions(server, LONG_JAM)
    paint = interactions.next_paint(durations)
    report.append(FOOT.format(paint=paint, count=len(durations), median=durations[len(durations) // 2]))
    RESULTS.write_text("".join(report))
    return faulty


def rate(address: str, chromium: str) -> Rating:
    """Let Lighthouse visit a page. Raises RuntimeError when it fails again and again; on a busy machine it may once."""
    line = ["npx", "--yes", LIGHTHOUSE, address, "--quiet", "--output=json"]
    line += ["--chrome-flags=--headless --no-sandbox --disable-gpu"]
    environment = {**os.environ, "CHROME_PATH": chromium}
    for _ in range(TRIES):
        done = subprocess.run(line, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=False)
        if done.returncode == 0:
            return read_report(json.loads(done.stdout))
    raise RuntimeError(f"Lighthouse cannot rate {address}.")


def read_report(report: dict[str, Any]) -> Rating:
    audits, categories = report["audits"], report["categories"]
    return Rating(
        scores=[round(categories[name]["score"] * 100) for name in CATEGORIES],
        paint=audits["largest-contentful-paint"]["numericValue"] / 1000,
        shift=audits["cumulative-layout-shift"]["numericValue"],
        blocked=audits["total-blocking-time"]["numericValue"],
        size=audits["total-byte-weight"]["numericValue"],
        requests=len(audits["network-requests"]["details"]["items"]),
        faults=list(find_faults(report)),
    )


def find_faults(report: dict[str, Any]) -> Iterator[str]:
    """Yield the audits that cost a category points."""
    for name in CATEGORIES:
        for one in report["categories"][name]["auditRefs"]:
            audit = report["audits"][one["id"]]
            if one["weight"] and audit["score"] is not None and audit["score"] < 1:
                yield f"{name}: {one['id']} {audit['score']:.2f} {audit.get('displayValue', '')}".strip()


if __name__ == "__main__":
    sys.exit(main())
