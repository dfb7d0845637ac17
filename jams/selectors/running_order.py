"""The running order of a jam, for paper: what is to come, in the order of the queue, and what was played."""

from dataclasses import dataclass

from jams.models import Entry, EntryStatus, Jam
from jams.selectors.board import Row, build_rows


@dataclass(frozen=True)
class RunningOrder:
    """`coming` starts with the song on stage and goes on in the order of the queue; `played` is as it was played."""

    jam: Jam
    coming: tuple[Row, ...]
    played: tuple[Row, ...]


def read_running_order(slug: str) -> RunningOrder:
    """Read the running order of the jam at this address, in three queries; raises NotFound."""
    jam = Jam.objects.get_for_page(slug)
    rows = build_rows(jam, jam.entries.listed().for_board())
    on_stage = [row for row in rows if row.status == EntryStatus.PLAYING]
    queue = sorted((row for row in rows if row.status in Entry.UPCOMING), key=lambda row: row.rank)
    return RunningOrder(jam, (*on_stage, *queue), tuple(row for row in rows if row.status == EntryStatus.PLAYED))
