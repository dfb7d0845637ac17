"""The running order of a jam, for paper: what is to come, in the order of the queue, and what was played.

At a jam of bands it has the bands to come as well, each with its players and when it is likely to start.
"""

from dataclasses import dataclass
from datetime import datetime

from jams import policies
from jams.models import Entry, EntryStatus, Jam
from jams.selectors.band_night import BandTurn, read_band_night
from jams.selectors.board import Row, build_rows


@dataclass(frozen=True)
class RunningOrder:
    """`coming` starts with the song on stage and goes on in the order of the queue; `played` is as it was played."""

    jam: Jam
    coming: tuple[Row, ...]
    played: tuple[Row, ...]
    bands: tuple[tuple[BandTurn, str], ...] = ()


def read_running_order(slug: str, *, now: datetime) -> RunningOrder:
    """Read the running order of the jam at this address, in three queries, or six with bands; raises NotFound."""
    jam = Jam.objects.get_for_page(slug)
    rows = build_rows(jam, jam.entries.listed().for_board())
    on_stage = [row for row in rows if row.status == EntryStatus.PLAYING]
    queue = sorted((row for row in rows if row.status in Entry.UPCOMING), key=lambda row: row.rank)
    played = tuple(row for row in rows if row.status == EntryStatus.PLAYED)
    return RunningOrder(jam, (*on_stage, *queue), played, _read_bands(jam, now))


def _read_bands(jam: Jam, now: datetime) -> tuple[tuple[BandTurn, str], ...]:
    """Return the band on stage and those to come, with when they start in words."""
    if not policies.has_bands(jam):
        return ()
    night = read_band_night(jam, now=now)
    bands = [night.on_stage, *night.coming] if night.on_stage else night.coming
    return tuple((band, band.start.describe(jam.venue.zone) if band.start else "") for band in bands)
