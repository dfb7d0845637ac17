import csv
import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.management import CommandError, call_command
from django.test import AsyncClient

from exports import csv_tables
from exports.csv_tables import TABLES, stream_archive, stream_table
from jams.models import Attendee, BandStatus, EntryStatus, Jam
from songs.services.imports.plan import plan_import
from tests.builders import (
    make_attendee,
    make_band,
    make_entry,
    make_jam,
    make_performance,
    make_series,
    make_song,
    make_user,
    make_venue,
    make_vote,
    make_waiting,
)
from tests.hosts import browser_of, make_host

pytestmark = pytest.mark.django_db
PAGES = ["/admin/export/", "/admin/export/songs.csv", "/admin/export/everything.zip"]
BEGIN = datetime(2026, 11, 27, 20, tzinfo=UTC)


@pytest.fixture
def jam() -> Jam:
    """A jam where Dana played a song that two listeners voted for."""
    venue = make_venue(name="Attic", slug="attic", time_zone="Europe/Berlin")
    jam = make_jam(
        name="Friday", slug="friday", venue=venue, starts_at=BEGIN, hosts=(make_host(),), description="=1\n2"
    )
    song = make_song(
        title="=Valerie", artist="Zutons", tempo=120, parts=[{"part": "bass"}], chord_url="https://x.example/"
    )
    times = {"created_at": BEGIN, "started_at": BEGIN, "finished_at": BEGIN}
    entry = make_entry(jam=jam, song=song, status=EntryStatus.PLAYED, **times)
    make_performance(entry=entry, attendee=make_attendee(jam=jam, name="Dana"))
    for _ in range(2):
        make_vote(entry=entry)
    make_entry(jam=jam, song=make_song(title="Kiss", artist="Prince"), created_at=BEGIN)
    return jam


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def read(name: str) -> list[dict[str, str]]:
    return rows(b"".join(stream_table(TABLES[name])))


def test_jams_table_has_counts(jam: Jam) -> None:
    [told] = read("jams")
    assert told == {
        "slug": "friday", "name": "Friday", "venue": "attic", "series": "", "starts_at": "2026-11-27T20:00:00+00:00",
        "ends_at": "2026-11-28T00:00:00+00:00", "status": "live", "voting": "everyone", "suggestions": "everyone",
        "sign_ups": "open", "performing_limit": "3", "musicians_edit_chords": "true", "format": "songs",
        "set_songs": "3", "set_minutes": "", "sets_shortened": "false", "changeover_minutes": "5", "hard_stop_at": "",
        "everyone_once_first": "true", "instrument_set": "rock", "recap_public": "false",
        "stage_plan": "", "default_parts": "",
        "entries": "2", "performances": "1", "votes": "2", "description": "'=1\n2",
    }  # fmt: skip


def test_series_table_has_the_rule_and_nights_name_their_series(jam: Jam) -> None:
    series = make_series(venue=jam.venue, code="abcde", name="=Thursdays", first_on=BEGIN.date())
    Jam.objects.filter(pk=jam.pk).update(series=series)
    [told] = read("series")
    assert told == {
        "code": "abcde", "name": "'=Thursdays", "venue": "attic", "rule": series.rule, "first_on": str(BEGIN.date()),
        "last_on": "", "starts_at": "20:00:00", "ends_at": "23:00:00", "hard_stop": "", "description": "",
    }  # fmt: skip
    assert read("jams")[0]["series"] == "abcde"


def test_entries_and_performances_tables_name_jam_and_song(jam: Jam) -> None:
    at = "2026-11-27T20:00:00+00:00"
    assert read("entries")[0] == {
        "jam": "friday", "title": "'=Valerie", "artist": "Zutons", "status": "played", "band": "",
        "place": "0", "votes": "2", "created_at": at, "on_deck_at": "", "started_at": at, "finished_at": at,
        "chord_url": "",
    }  # fmt: skip
    assert read("performances") == [
        {"jam": "friday", "title": "'=Valerie", "artist": "Zutons", "musician": "Dana", "part": "guitar",
         "other_part": "", "no_show": "false", "delivered_at": "", "seen_at": ""}
    ]  # fmt: skip


def test_bands_seats_and_waiting_list_tables(jam: Jam) -> None:
    at = "2026-11-27T20:00:00+00:00"
    ana = make_waiting(jam=jam, name="=Ana", plays=["bass", "vocals"], waits_since=BEGIN, is_new=True)
    times = {"created_at": BEGIN, "called_at": BEGIN}
    band = make_band(jam=jam, people={ana: "bass"}, name="=Foos", needs="DI", status=BandStatus.CALLED, **times)
    band.seats.update(created_at=BEGIN, waited_since=BEGIN)
    assert read("bands") == [
        {"band": str(band.pk), "jam": "friday", "name": "'=Foos", "needs": "DI", "status": "called", "place": "0",
         "slot": "", "created_at": at, "called_at": at, "started_at": "", "finished_at": ""}
    ]  # fmt: skip
    assert read("seats") == [
        {"jam": "friday", "band": str(band.pk), "musician": "'=Ana", "instrument": "bass", "no_show": "false",
         "delivered_at": "", "seen_at": "", "waited_since": at, "created_at": at}
    ]  # fmt: skip
    assert read("waiting_list") == [
        {"jam": "friday", "musician": "'=Ana", "plays": "bass, vocals", "waits_since": at, "sits_out": "false",
         "leaves_at": "", "is_new": "true", "in_house_band": "false"}
    ]  # fmt: skip


FOR_SEARCH, IN_ADDRESSES = "made from other columns", "assigned by each site"
LEFT_OUT = {
    "venues": {
        **dict.fromkeys(["name_key", "name_order", "words"], FOR_SEARCH), "id": IN_ADDRESSES, "picture": "a file",
    },
    "series": {
        "id": IN_ADDRESSES, "name_order": FOR_SEARCH, "made_until": "how far the worker got",
        "switches": "every night has its own", "background": "a file, copied with the media",
        "created_at": "of the row",
        "house_band": "names; every night has its own",
    },
    "jams": {
        "id": IN_ADDRESSES, "words": FOR_SEARCH, "code": IN_ADDRESSES, "background": "a file, copied with the media",
        "series_day": "the day of the rule; the night itself says when it is", "room_secret": "opens the vote",
        "stage_link": "opens the room code", "created_at": "of the row, not of the night", "uid": IN_ADDRESSES,
        "announcement": "said for the moment",
        "revised_at": "for calendars", "ended_at": "follows the status", "forgotten_at": "follows the setting",
    },
    "entries": {
        "id": IN_ADDRESSES, "suggested_by": "nobody asked musicians whether to publish it",
        "chord_state": "tried again",
    },
    "performances": {"id": IN_ADDRESSES, "created_at": "order of taps"},
    "bands": {"code_number": "opens the act"},
    "seats": {"id": IN_ADDRESSES},
    "waiting_list": {
        "id": IN_ADDRESSES, "browser": "identifies a phone", "name_key": FOR_SEARCH, "look_key": FOR_SEARCH,
        "name_order": FOR_SEARCH, "left_at": "who left waits no more", "in_room": "of the vote",
        "votes_void": "of the vote", "created_at": "waits_since says more",
    },
}  # fmt: skip


@pytest.mark.parametrize("name", LEFT_OUT)
def test_every_field_is_in_its_table_or_left_out_for_a_reason(name: str) -> None:
    """Those of songs are listed in `songs.fields`, which has a test of its own."""
    table = TABLES[name]
    paths = [path for path in table.columns.values() if isinstance(path, str)]
    told = {*table.columns, *(path.split(".")[0].removesuffix("_id") for path in paths)}
    fields = {field.name for field in table.rows().model._meta.concrete_fields}
    shown = fields & told | ({"id"} if "pk" in paths else set())
    assert fields - shown == set(LEFT_OUT[name])


def test_songs_table_can_be_imported_without_changes(jam: Jam) -> None:
    again = plan_import(b"".join(stream_table(TABLES["songs"])))
    assert (again.same, again.added, again.merged, again.errors) == (2, [], [], [])


def test_tables_name_no_browser_and_no_host(jam: Jam) -> None:
    everything = b"".join(piece for table in TABLES.values() for piece in stream_table(table)).decode()
    secrets = [*Attendee.objects.values_list("browser", flat=True), jam.hosts.get().username]
    assert [secret for secret in secrets if secret and secret in everything] == []


@pytest.mark.parametrize("name", TABLES)
def test_stream_table_reads_in_batches(name: str, monkeypatch, django_assert_num_queries) -> None:
    monkeypatch.setattr(csv_tables, "BATCH_SIZE", 2)
    jam = make_jam()
    for _ in range(5):
        make_performance(entry=make_entry(jam=jam, song=make_song()))
        make_jam()
    length = TABLES[name].rows().count()
    with django_assert_num_queries(length // 2 + 1):
        pieces = list(stream_table(TABLES[name]))
    assert (len(pieces), len(rows(b"".join(pieces)))) == (1 + (length + 1) // 2, length)


def test_stream_archive_holds_every_table(jam: Jam) -> None:
    packed = zipfile.ZipFile(io.BytesIO(b"".join(stream_archive(now=BEGIN))))
    assert (packed.testzip(), packed.infolist()[0].date_time) == (None, (2026, 11, 27, 20, 0, 0))
    assert {name: packed.read(name) for name in packed.namelist()} == {
        table.file_name: b"".join(stream_table(table)) for table in TABLES.values()
    }


def test_export_views_send_files_to_administrators(jam: Jam) -> None:
    browser = browser_of(make_user(is_staff=True, is_superuser=True))
    response = browser.get("/admin/export/jams.csv")
    assert (response["Content-Type"], response["Content-Disposition"]) == (
        "text/csv; charset=utf-8",
        'attachment; filename="jams.csv"',
    )
    assert rows(response.getvalue()) == read("jams")
    assert [
        name for name in TABLES if f'href="/admin/export/{name}.csv"' not in browser.get("/admin/export/").text
    ] == []
    assert browser.get("/admin/export/people.csv").status_code == 404


@pytest.mark.parametrize("path", PAGES)
def test_export_views_are_only_for_administrators(path: str) -> None:
    assert [browser_of(user).get(path).status_code for user in (make_host(), None)] == [403, 302]


def test_export_views_stream_under_asgi() -> None:
    async def download() -> tuple[bool, bytes]:
        client = AsyncClient()
        await client.aforce_login(administrator)
        response: Any = await client.get("/admin/export/everything.zip")
        return response.is_async, b"".join([piece async for piece in response.streaming_content])

    administrator = make_user(is_staff=True, is_superuser=True)
    is_async, content = async_to_sync(download)()
    assert (is_async, len(zipfile.ZipFile(io.BytesIO(content)).namelist())) == (True, len(TABLES))


@pytest.mark.parametrize("name", ["songs/song", "venues/venue", "jams/jam"])
def test_admin_lists_link_administrators_to_the_export(name: str) -> None:
    administrator = make_user(is_staff=True, is_superuser=True)
    pages = [browser_of(user).get(f"/admin/{name}/").text for user in (administrator, make_host())]
    assert ["/admin/export/" in page for page in pages] == [True, False]


def test_export_tables_command_writes_an_archive_or_a_folder(jam: Jam, tmp_path: Path) -> None:
    call_command("export_tables", tmp_path / "all.zip")
    call_command("export_tables", tmp_path / "all")
    assert {path.name for path in (tmp_path / "all").iterdir()} == {*zipfile.ZipFile(tmp_path / "all.zip").namelist()}
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("export_tables", tmp_path / "all.zip" / "in a file")
