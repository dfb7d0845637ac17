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

from django.db.models import FETCH_RAISE, Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from core.spreadsheets import BOM, escape_formula
from jams.models import Entry, Jam, Performance
from songs import parts
from songs.models import Song
from venues.models import Venue

BATCH = 500  # rows
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
    yield (BOM + _line(table.columns)).encode()
    queryset = table.rows().fetch_mode(FETCH_RAISE).order_by("pk")
    rows = list(queryset[:BATCH])
    while rows:
        yield "".join(_line(_cell(row, value) for value in table.columns.values()) for row in rows).encode()
        rows = list(queryset.filter(pk__gt=rows[-1].pk)[:BATCH]) if len(rows) == BATCH else []


def stream_archive(*, now: datetime) -> Iterator[bytes]:
    """Yield a zip archive of all tables, made `now`, piece by piece."""
    outlet = _Outlet()
    with zipfile.ZipFile(outlet, "w") as packed:
        for table in TABLES.values():
            member = zipfile.ZipInfo(table.file_name, date_time=now.timetuple()[:6])
            member.compress_type = zipfile.ZIP_DEFLATED
            with packed.open(member, "w") as file:
                for chunk in stream_table(table):
                    file.write(chunk)
                    yield outlet.taken()
    yield outlet.taken()


class _Outlet(io.RawIOBase):
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


def _line(cells: Any) -> str:
    file = io.StringIO()
    csv.writer(file).writerow(map(escape_formula, cells))
    return file.getvalue()


def _cell(row: Row, value: str | Callable[[Row], Any]) -> Any:
    """Return what stands in a cell: a moment is in UTC, a truth is true or false."""
    found = value(row) if callable(value) else _followed(row, value)
    if isinstance(found, datetime):
        return found.astimezone(UTC).isoformat(timespec="seconds")
    return str(found).lower() if isinstance(found, bool) else found


def _followed(row: Row, path: str) -> Any:
    for name in path.split("."):
        row = getattr(row, name)
    return row


def _same(*names: str) -> dict[str, str | Callable[[Row], Any]]:
    return {name: name for name in names}


def _number(rows: QuerySet[Row], to_jam: str) -> Coalesce:
    """How many of `rows` a jam has, that path leading to it."""
    counted = rows.filter(**{to_jam: OuterRef("pk")}).order_by().values(to_jam).annotate(n=Count("pk"))
    return Coalesce(Subquery(counted.values("n")), 0)


def _jams() -> QuerySet[Jam]:
    votes = Entry.votes.rel.related_model._default_manager.all()
    return Jam.objects.select_related("venue").annotate(
        entry_count=_number(Entry.objects.all(), "jam"),
        performance_count=_number(Performance.objects.all(), "entry__jam"),
        vote_count=_number(votes, "entry__jam"),
    )


_SONG: dict[str, str | Callable[[Row], Any]] = {"title": "song.title", "artist": "song.artist"}
TABLES = {
    table.name: table
    for table in (
        Table(
            "songs",
            Song.objects.all,
            {
                **_same("title", "artist", "key", "tempo"),
                "parts": lambda song: parts.format_parts(song.parts),
                **_same("chord_url", "times_played", "last_played_at", "archived", "created_at"),
            },
        ),
        Table("venues", Venue.objects.all, _same("slug", "name", "address", "time_zone", "description", "archived")),
        Table(
            "jams",
            _jams,
            {
                **_same("slug", "name"),
                "venue": "venue.slug",
                **_same("starts_at", "ends_at", "status", "voting", "suggestions", "sign_ups", "performing_limit"),
                "entries": "entry_count",
                "performances": "performance_count",
                "votes": "vote_count",
                **_same("description"),
            },
        ),
        Table(
            "entries",
            lambda: Entry.objects.select_related("jam", "song").annotate(vote_count=Count("votes")),
            {
                "jam": "jam.slug",
                **_SONG,
                "status": "status",
                "votes": "vote_count",
                **_same("created_at", "on_deck_at", "started_at", "finished_at", "chord_url"),
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
                **_same("part", "other_part", "no_show"),
            },
        ),
    )
}
