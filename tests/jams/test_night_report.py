import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.spreadsheets import escape_formula
from jams.models import EntryStatus, Jam
from jams.selectors import night_report
from songs.parts import Part
from tests.builders import make_attendee, make_entry, make_jam, make_performance, make_song, make_venue, make_vote
from tests.hosts import browser_of, make_host

pytestmark = pytest.mark.django_db
BEGIN = datetime(2026, 11, 23, 19, tzinfo=UTC)
BASS = [{"part": "bass"}]


@pytest.fixture
def jam() -> Jam:
    """Two songs played by Dana, one of them with Sam who did not come, and one that nobody played bass for."""
    jam = make_jam(venue=make_venue(time_zone="Europe/Berlin"), starts_at=BEGIN, name="Friday", slug="friday")
    dana, sam = (make_attendee(jam=jam, name=name) for name in ("Dana", "Sam"))
    for minutes, title in ((30, "Creep"), (5, "Valerie")):
        at = BEGIN + timedelta(minutes=minutes)
        song = make_song(title=title, artist="Band", key="Am")
        times = {"started_at": at, "finished_at": at + timedelta(minutes=4)}
        entry = make_entry(jam=jam, song=song, status=EntryStatus.PLAYED, **times)
        make_performance(entry=entry, attendee=dana, part=Part.VOCALS)
        make_performance(entry=entry, attendee=sam, part=Part.BASS, no_show=title == "Creep")
        make_vote(entry=entry, created_at=at - timedelta(minutes=10))
    make_vote(entry=make_entry(jam=jam, song=make_song(title="Zombie", artist="Band", parts=BASS)), created_at=BEGIN)
    make_entry(jam=jam, song=make_song(title="Unloved", parts=BASS))
    return jam


def cells(report_of: night_report.Report) -> list[list[str]]:
    file = io.StringIO(newline="")
    night_report.write_csv(report_of, file)
    return list(csv.reader(io.StringIO(file.getvalue().removeprefix("\ufeff"), newline="")))


def test_report_lists_played_songs_in_order(jam: Jam) -> None:
    assert [line.title for line in night_report.read_night_report(jam).played] == ["Valerie", "Creep"]


def test_report_counts_turns_without_no_shows(jam: Jam) -> None:
    assert night_report.read_night_report(jam).turns == (("Dana", 2), ("Sam", 1))


def test_report_lists_wanted_songs_short_of_players(jam: Jam) -> None:
    assert [(line.title, line.votes, line.missing) for line in night_report.read_night_report(jam).wanted] == [
        ("Zombie", 1, ("bass",))
    ]


def test_report_lists_wanted_songs_that_nobody_signed_up_for(jam: Jam) -> None:
    """A song that names no parts lacks none, and is not played without players either."""
    make_vote(entry=make_entry(jam=jam, song=make_song(title="Blitzkrieg Bop", parts=[])))
    assert [line.title for line in night_report.read_night_report(jam).wanted] == ["Blitzkrieg Bop", "Zombie"]
    host = make_host()
    jam.hosts.add(host)
    assert "Nobody signed up" in browser_of(host).get("/host/friday/report/").text


def test_report_plot_contains_every_vote(jam: Jam) -> None:
    found = night_report.read_night_report(jam)
    assert found.votes == sum(bar.value for bar in found.votes_plot) == 3
    assert [(bar.label, bar.value) for bar in found.votes_plot if bar.value] == [
        ("earlier", 1),
        ("20:00", 1),
        ("20:20", 1),
    ]


def test_csv_rows_are_exact(jam: Jam) -> None:
    assert cells(night_report.read_night_report(jam)) == [
        night_report.COLUMNS,
        ["played", "1", "2026-11-23 20:05:00", "2026-11-23 20:09:00", "Valerie", "Band", "Am", "1",
         "Dana (vocals); Sam (bass)", "", ""],
        ["played", "2", "2026-11-23 20:30:00", "2026-11-23 20:34:00", "Creep", "Band", "Am", "1",
         "Dana (vocals)", "", ""],
        ["musician", "", "", "", "", "", "", "", "Dana", "2", ""],
        ["musician", "", "", "", "", "", "", "", "Sam", "1", ""],
        ["wanted", "", "", "", "Zombie", "Band", "", "1", "", "", "bass"],
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\uff1d1", "\r1", "\ufeff=1"])
def test_csv_escapes_formulas(text: str) -> None:
    assert escape_formula(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Creep", "7 Seconds", "Mr. =", 12])
def test_csv_keeps_harmless_cells(text: str | int) -> None:
    assert escape_formula(text) == text


def test_csv_escapes_a_name_that_is_a_formula() -> None:
    entry = make_entry(status=EntryStatus.PLAYED, started_at=BEGIN, finished_at=BEGIN)
    make_performance(entry=entry, attendee=make_attendee(jam=entry.jam, name='=HYPERLINK("x")'))
    rows = cells(night_report.read_night_report(Jam.objects.select_related("venue").get()))
    assert [row[8] for row in rows[1:]] == ['\'=HYPERLINK("x") (guitar)', '\'=HYPERLINK("x")']


def test_csv_response_is_a_spreadsheet_download(jam: Jam) -> None:
    host = make_host()
    jam.hosts.add(host)
    response = browser_of(host).get("/host/friday/report.csv")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="friday.csv"'
    assert response.content.startswith(b"\xef\xbb\xbfkind,order")


@pytest.mark.parametrize("songs", [1, 30])
def test_report_takes_eight_queries_at_any_length(songs: int, django_assert_num_queries: Any) -> None:
    host = make_host()
    jam = make_jam(hosts=(host,), slug="friday")
    for _ in range(songs):
        entry = make_entry(jam=jam, status=EntryStatus.PLAYED, started_at=BEGIN, finished_at=BEGIN)
        make_performance(entry=entry)
        make_vote(entry=entry)
    client = browser_of(host)
    with django_assert_num_queries(8):
        client.get("/host/friday/report/")


def test_report_of_an_empty_night_works() -> None:
    host = make_host()
    make_jam(hosts=(host,), slug="friday")
    page = browser_of(host).get("/host/friday/report/").text
    assert [sentence in page for sentence in ("No songs were played.", "Nobody voted.")] == [True, True]


def test_plots_have_title_description_and_table(jam: Jam) -> None:
    host = make_host()
    jam.hosts.add(host)
    page = browser_of(host).get("/host/friday/report/").text
    assert [page.count(part) for part in ('role="img"', "</title>\n<desc", "</desc>", "<table")] == [2, 2, 2, 2]
