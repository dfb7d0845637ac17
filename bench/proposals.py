"""Measures what it costs to propose a band: `python -m bench.proposals`. Prints milliseconds of CPU."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from jams.selectors.band_proposal import Place, Waiting, propose_band

NOW = datetime(2026, 11, 27, 21, 0, tzinfo=UTC)
LIMIT_MS = 50
ROUNDS = 50
STAGE = (Place("drums"), Place("bass"), Place("guitar", 3), Place("vocals", 3), Place("keys", is_optional=True))
INSTRUMENTS = ("drums", "bass", "guitar", "vocals", "keys")
CROWDS = {
    "40 people, one instrument each": 1,
    "40 people, three instruments each": 3,
}


def report_proposals() -> Iterator[str]:
    """Yield the lines of a table."""
    yield f"| Waiting, for a stage of nine | CPU of one proposal | of {LIMIT_MS} ms |"
    yield "|---|---|---|"
    for name, plays in CROWDS.items():
        milliseconds = time_proposal(build_crowd(plays))
        yield f"| {name} | {milliseconds:.1f} ms | {milliseconds / LIMIT_MS:.2f} |"


def build_crowd(plays: int) -> list[Waiting]:
    return [
        Waiting(
            pk=number,
            name=f"Musician {number}",
            plays=tuple(INSTRUMENTS[(number + step) % len(INSTRUMENTS)] for step in range(plays)),
            waits_since=NOW - timedelta(minutes=2 * number),
            is_new=number % 7 == 0,
            turns=number % 2,
        )
        for number in range(40)
    ]


def time_proposal(crowd: list[Waiting]) -> float:
    """Return how many milliseconds of CPU one proposal takes."""
    together = {frozenset({one, one + 5}): 1 for one in range(35)}
    begun = time.process_time()
    for _round in range(ROUNDS):
        propose_band(crowd, STAGE, together=together, now=NOW)
    return (time.process_time() - begun) / ROUNDS * 1000


if __name__ == "__main__":
    for line in report_proposals():
        print(line)
