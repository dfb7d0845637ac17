"""Everything as tables for spreadsheets, read in batches: no more than a batch is ever in memory.

Of people they hold the names that musicians gave at a jam, pseudonyms once the jam is forgotten; of votes their number.
"""

import csv
import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from core.spreadsheets import BOM, escape_formula
from jams.models import Entry, Jam, Performance
from songs.fields import SONG_FIELDS
from songs.models import Song
from venues.models import Venue

BATCH_SIZE = 500  # rows
Row = Any


@dataclass(frozen=True)
class Table:
    """`columns` says for each name which value of a row it holds: a path of attributes, or a function."""

    name: str
    rows: Callable[[], QuerySet[Row]]
    columns: dict[str, str | Callable[[Row], Any]]

    @property
    def file_name(self) -> str:
        return f"{self.name}.csv"


def stream_table(table: Table) -> Iterator[bytes]:
    """Yield the table as CSV, piece by piece."""
    yield (BOM + _format_row(table.columns)).encode()
    queryset = table.rows().order_by("pk")
    rows = list(queryset[:BATCH_SIZE])
    while rows:
        yield "".join(
            _format_row(_format_cell(row, value) for value in table.columns.values()) for row in rows
        ).encode()
        rows = list(queryset.filter(pk__gt=rows[-1].pk)[:BATCH_SIZE]) if len(rows) == BATCH_SIZE else []


def stream_archive(*, now: datetime) -> Iterator[bytes]:
    """Yield a zip archive of all tables, made `now`, piece by piece."""
    outlet = _ChunkBuffer()
    with zipfile.ZipFile(outlet, "w") as packed:
        for table in TABLES.values():
            member = zipfile.ZipInfo(table.file_name, date_time=now.timetuple()[:6])
            member.compress_type = zipfile.ZIP_DEFLATED
            with packed.open(member, "w") as file:
                for chunk in stream_table(table):
                    file.write(chunk)
                    yield outlet.taken()
    yield outlet.taken()


class _ChunkBuffer(io.RawIOBase):
    """A file that gives away what was written to it."""

    def __init__(self) -> None:
        self.written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.written += data
        return len(data)

    def taken(self) -> bytes:
        data, self.written = bytes(self.written), bytearray()
        return data


def _format_row(cells: Any) -> str:
    file = io.StringIO()
    csv.writer(file).writerow(map(escape_formula, cells))
    return file.getvalue()


def _format_cell(row: Row, value: str | Callable[[Row], Any]) -> Any:
    """Return what stands in a cell: a moment is in UTC, a truth is true or false."""
    found = value(row) if callable(value) else _resolve_path(row, value)
    if isinstance(found, datetime):
        return found.astimezone(UTC).isoformat(timespec="seconds")
    return str(found).lower() if isinstance(found, bool) else found


def _resolve_path(row: Row, path: str) -> Any:
    for name in path.split("."):
        row = getattr(row, name)
    return row


def _same_named(*names: str) -> dict[str, str | Callable[[Row], Any]]:
    return {name: name for name in names}


def _count_per_jam(rows: QuerySet[Row], to_jam: str) -> Coalesce:
    """How many of `rows` a jam has, that path leading to it."""
    counted = rows.filter(**{to_jam: OuterRef("pk")}).order_by().values(to_jam).annotate(n=Count("pk"))
    return Coalesce(Subquery(counted.values("n")), 0)


def _jams_with_counts() -> QuerySet[Jam]:
    votes = Entry.votes.rel.related_model._default_manager.all()
    return Jam.objects.select_related("venue").annotate(
        entry_count=_count_per_jam(Entry.objects.all(), "jam"),
        performance_count=_count_per_jam(Performance.objects.all(), "entry__jam"),
        vote_count=_count_per_jam(votes, "entry__jam"),
    )


SONG_COLUMNS: dict[str, str | Callable[[Row], Any]] = {"title": "song.title", "artist": "song.artist"}
TABLES = {
    table.name: table
    for table in (
        Table("songs", Song.objects.all, {field.name: field.cell for field in SONG_FIELDS}),
        Table(
            "venues", Venue.objects.all, _same_named("slug", "name", "address", "time_zone", "description", "archived")
        ),
        Table(
            "jams",
            _jams_with_counts,
            {
                **_same_named("slug", "name"),
                "venue": "venue.slug",
                **_same_named(
                    "starts_at", "ends_at", "status", "voting", "suggestions", "sign_ups", "performing_limit"
                ),
                "entries": "entry_count",
                "performances": "performance_count",
                "votes": "vote_count",
                **_same_named("description"),
            },
        ),
        Table(
            "entries",
            lambda: Entry.objects.select_related("jam", "song").annotate(vote_count=Count("votes")),
            {
                "jam": "jam.slug",
                **SONG_COLUMNS,
                "status": "status",
                "votes": "vote_count",
                **_same_named("created_at", "on_deck_at", "started_at", "finished_at", "chord_url"),
            },
        ),
        Table(
            "performances",
            lambda: Performance.objects.select_related("entry__jam", "entry__song", "attendee"),
            {
                "jam": "entry.jam.slug",
                "title": "entry.song.title",
                "artist": "entry.song.artist",
                "musician": "attendee.name",
                **_same_named("part", "other_part", "no_show"),
            },
        ),
    )
}
