"""Exports of all data as CSV tables for spreadsheets, read in batches so that memory does not grow with the data.

Cells that a spreadsheet would run as a formula are escaped (CSV injection). The only personal data are the names of
musicians, which are pseudonyms once a jam has been anonymised, and what those on a waiting list said about themselves,
which is deleted then; votes are only counted.
"""

import csv
import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from core.spreadsheets import BOM, escape_formula
from jams.models import Attendee, Band, Entry, Jam, Performance, Seat, Series
from songs.fields import SONG_FIELDS
from songs.models import Song
from songs.parts import format_parts
from venues.models import Venue

BATCH_SIZE = 500  # rows
Row = Any


@dataclass(frozen=True)
class Table:
    """A table to export. `columns` maps each heading to a path of attributes or a function of the row."""

    name: str
    rows: Callable[[], QuerySet[Row]]
    columns: dict[str, str | Callable[[Row], Any]]

    @property
    def file_name(self) -> str:
        return f"{self.name}.csv"


def stream_table(table: Table) -> Iterator[bytes]:
    """Yield the table as CSV, in chunks."""
    yield (BOM + _format_row(table.columns)).encode()
    queryset = table.rows().order_by("pk")
    rows = list(queryset[:BATCH_SIZE])
    while rows:
        lines = [_format_row(_format_cell(row, value) for value in table.columns.values()) for row in rows]
        yield "".join(lines).encode()
        rows = list(queryset.filter(pk__gt=rows[-1].pk)[:BATCH_SIZE]) if len(rows) == BATCH_SIZE else []


def stream_archive(*, now: datetime) -> Iterator[bytes]:
    """Yield a zip archive of all tables, in chunks. `now` becomes the modification time of its files."""
    buffer = _ChunkBuffer()
    with zipfile.ZipFile(buffer, "w") as archive:
        for table in TABLES.values():
            member = zipfile.ZipInfo(table.file_name, date_time=now.timetuple()[:6])
            member.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(member, "w") as file:
                for chunk in stream_table(table):
                    file.write(chunk)
                    yield buffer.take()
    yield buffer.take()


class _ChunkBuffer(io.RawIOBase):
    """A file to write to, whose content is taken out of memory with `take`."""

    def __init__(self) -> None:
        self.written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.written += data
        return len(data)

    def take(self) -> bytes:
        """Return what was written since the last call."""
        data, self.written = bytes(self.written), bytearray()
        return data


def _format_row(cells: Any) -> str:
    file = io.StringIO()
    csv.writer(file).writerow(map(escape_formula, cells))
    return file.getvalue()


def _format_cell(row: Row, value: str | Callable[[Row], Any]) -> Any:
    """Return the content of a cell: times in UTC as in ISO 8601, booleans as "true" or "false"."""
    content = value(row) if callable(value) else _resolve_path(row, value)
    if isinstance(content, datetime):
        return content.astimezone(UTC).isoformat(timespec="seconds")
    return str(content).lower() if isinstance(content, bool) else content


def _resolve_path(row: Row, path: str) -> Any:
    for name in path.split("."):
        row = getattr(row, name)
    return row


def _same_named(*names: str) -> dict[str, str | Callable[[Row], Any]]:
    return {name: name for name in names}


def _count_per_jam(rows: QuerySet[Row], to_jam: str) -> Coalesce:
    """Count the `rows` of each jam, to which the path `to_jam` leads."""
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
            "venues",
            Venue.objects.all,
            _same_named(
                *("slug", "name", "address", "time_zone", "description", "archived"),
                *("how_to_sign_up", "backline", "house_rules", "colour"),
            ),
        ),
        Table(
            "series",
            lambda: Series.objects.select_related("venue"),
            {
                **_same_named("code", "name"),
                "venue": "venue.slug",
                **_same_named("rule", "first_on", "last_on", "starts_at", "ends_at", "hard_stop", "description"),
            },
        ),
        Table(
            "jams",
            lambda: _jams_with_counts().select_related("venue", "series"),
            {
                **_same_named("slug", "name"),
                "venue": "venue.slug",
                "series": lambda jam: jam.series.code if jam.series else "",
                **_same_named(
                    "starts_at", "ends_at", "status", "voting", "suggestions", "sign_ups", "performing_limit"
                ),
                **_same_named("musicians_edit_chords", "format", "set_songs", "set_minutes", "sets_shortened"),
                **_same_named(
                    "changeover_minutes", "hard_stop_at", "everyone_once_first", "instrument_set", "recap_public"
                ),
                "stage_plan": lambda jam: format_parts(jam.stage_plan),
                "default_parts": lambda jam: format_parts(jam.default_parts),
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
                "band": "band_id",
                "place": "place",
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
                **_same_named("part", "other_part", "no_show", "delivered_at", "seen_at"),
            },
        ),
        Table(
            "bands",
            lambda: Band.objects.select_related("jam"),
            {
                "band": "pk",
                "jam": "jam.slug",
                **_same_named("name", "needs", "status", "place", "slot"),
                **_same_named("created_at", "called_at", "started_at", "finished_at"),
            },
        ),
        Table(
            "seats",
            lambda: Seat.objects.select_related("band__jam", "attendee"),
            {
                "jam": "band.jam.slug",
                "band": "band_id",
                "musician": "attendee.name",
                **_same_named("instrument", "no_show", "delivered_at", "seen_at", "waited_since", "created_at"),
            },
        ),
        Table(
            "waiting_list",
            lambda: Attendee.objects.select_related("jam").filter(Q(waits_since__isnull=False) | Q(in_house_band=True)),
            {
                "jam": "jam.slug",
                "musician": "name",
                "plays": lambda person: ", ".join(person.plays),
                **_same_named("waits_since", "sits_out", "leaves_at", "is_new", "in_house_band"),
            },
        ),
    )
}
