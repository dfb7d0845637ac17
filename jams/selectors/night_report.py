"""The night report of a jam, which can be read during the jam as well. Eight queries."""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.charts import Bar, Span, build_bars, build_horizontal_bars, count_by_span
from core.sort_keys import make_person_sort_key, make_sort_words
from core.spreadsheets import BOM, escape_formula
from jams.models import Entry, EntryStatus, Jam
from jams.selectors.band_night import BandTurn, read_band_night
from jams.selectors.console import SetListItem, count_turns, read_set_list
from jams.selectors.fairness import Fairness

if TYPE_CHECKING:
    from _typeshed import SupportsWrite  # exists for type checkers only

COLUMNS = ["kind", "order", "started", "finished", "title", "artist", "key", "votes", "musicians", "turns", "missing"]


@dataclass(frozen=True)
class Report:
    """The figures of the report.

    `wanted` holds songs with votes that were always short of players. `turns` holds (name, number of songs played).
    `stretches` counts the votes by the time they were cast, without withdrawn votes. `bands` have played: `fairness`
    says how their musicians fared, and `band_turns` holds (name, number of bands) for each of them.
    """

    jam: Jam
    played: tuple[SetListItem, ...]
    wanted: tuple[SetListItem, ...]
    turns: tuple[tuple[str, int], ...]
    votes: int
    stretches: tuple[Span, ...]
    votes_plot: tuple[Bar, ...]
    turns_plot: tuple[Bar, ...]
    bands: tuple[BandTurn, ...]
    band_turns: tuple[tuple[str, int], ...]
    fairness: Fairness

    @property
    def musicians(self) -> int:
        """How many people were on stage, with a band or with a song."""
        return len({name for name, _turns in (*self.turns, *self.band_turns)})


def read_night_report(jam: Jam) -> Report:
    """Read the report of `jam`; its venue must be loaded."""
    lines = read_set_list(jam)
    played = sorted((line for line in lines if line.status == EntryStatus.PLAYED), key=_by_time)
    moments = _vote_moments(jam)
    stretches = _count_votes_by_time(jam, moments, played)
    turns = _sort_turns(count_turns(lines))
    night = read_band_night(jam, now=jam.ended_at or timezone.now())
    return Report(
        jam=jam,
        played=tuple(played),
        wanted=tuple(_list_wanted(lines)),
        turns=tuple(turns),
        votes=len(moments),
        stretches=tuple(stretches),
        votes_plot=tuple(_votes_plot(jam, stretches)),
        turns_plot=tuple(build_horizontal_bars(turns)),
        bands=night.played,
        band_turns=tuple(_sort_turns(Counter(player.name for band in night.played for player in band.present))),
        fairness=night.fairness,
    )


def write_csv(report: Report, file: "SupportsWrite[str]") -> None:
    """Write the report as one CSV table. The column `kind` gives the type of a row; times are local to the venue."""
    file.write(BOM)
    table = csv.writer(file)
    table.writerow(COLUMNS)
    for row in _rows(report):
        table.writerow([escape_formula(row.get(column, "")) for column in COLUMNS])


def _rows(report: Report) -> Iterator[dict[str, str | int]]:
    for order, line in enumerate(report.played, start=1):
        times = {"started": _time(report.jam, line.started_at), "finished": _time(report.jam, line.finished_at)}
        yield {"kind": "played", "order": order, **times, **_song_columns(line)}
    for name, turns in report.turns:
        yield {"kind": "musician", "musicians": name, "turns": turns}
    for order, band in enumerate(report.bands, start=1):
        times = {"started": _time(report.jam, band.started_at), "finished": _time(report.jam, band.finished_at)}
        musicians = "; ".join(f"{player.name} ({player.instrument_name})" for player in band.present)
        yield {"kind": "band", "order": order, **times, "title": band.name, "musicians": musicians}
    for name, turns in report.band_turns:
        yield {"kind": "musician in bands", "musicians": name, "turns": turns}
    for line in report.wanted:
        yield {"kind": "wanted", **_song_columns(line), "missing": ", ".join(line.missing)}


def _song_columns(line: SetListItem) -> dict[str, str | int]:
    musicians = "; ".join(f"{player.name} ({player.part})" for player in line.players if not player.no_show)
    about: dict[str, str | int] = {"title": line.title, "artist": line.artist, "key": line.key}
    return {**about, "votes": line.votes, "musicians": musicians}


def _time(jam: Jam, at: datetime | None) -> str:
    return at.astimezone(jam.venue.zone).strftime("%Y-%m-%d %H:%M:%S") if at else ""


def _by_time(line: SetListItem) -> tuple[datetime | None, int]:
    return line.finished_at, line.entry_id


def _sort_turns(counted: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counted.items(), key=lambda item: (-item[1], make_person_sort_key(item[0])))


def _list_wanted(lines: list[SetListItem]) -> list[SetListItem]:
    """Return the songs with votes that were not played because somebody was missing: for a part, or altogether."""
    waiting = (line for line in lines if line.status in (*Entry.UPCOMING, EntryStatus.SKIPPED))
    wanted = (line for line in waiting if line.votes and (line.missing or not line.players))
    return sorted(wanted, key=lambda line: (-line.votes, make_sort_words(line.title), line.entry_id))


def _vote_moments(jam: Jam) -> list[datetime]:
    given = jam.entries.exclude(votes=None).order_by("votes__created_at", "votes__pk")
    return list(given.values_list("votes__created_at", flat=True))


def _count_votes_by_time(jam: Jam, moments: list[datetime], played: list[SetListItem]) -> list[Span]:
    """Count votes by time, from the planned start or an earlier first song to the last vote or song."""
    starts = [line.started_at for line in played if line.started_at]
    finishes = [line.finished_at for line in played if line.finished_at]
    begins = min([jam.starts_at, *starts[:1]])
    ends = max([begins, *finishes[-1:], *moments[-1:]])
    return count_by_span(moments, begins=begins, ends=min(ends, max(jam.ends_at, *finishes[-1:], begins)))


def _votes_plot(jam: Jam, stretches: list[Span]) -> list[Bar]:
    zone = jam.venue.zone
    labels = [date_format(span.begins.astimezone(zone), "H:i") if span.begins else _("earlier") for span in stretches]
    return build_bars(list(zip(labels, (span.count for span in stretches), strict=True)))
