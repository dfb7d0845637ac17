import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from exports.jam_transfer import ImportRefusedError, export_jam, import_jam
from jams.models import (
    WAITING_FIELDS,
    Attendee,
    Band,
    BandStatus,
    Entry,
    EntryStatus,
    Event,
    Format,
    Jam,
    Performance,
    Seat,
)
from jams.selectors import board
from songs.models import Song
from songs.parts import Part
from tests.builders import (
    make_attendee,
    make_band,
    make_entry,
    make_jam,
    make_performance,
    make_song,
    make_user,
    make_venue,
    make_vote,
    make_waiting,
)
from venues.models import Venue
from votes.models import Vote
from votes.services.song_merging import merge_songs

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def jam() -> Jam:
    """A jam with a row of every kind."""
    jam = make_jam(name="Friday Jam", hosts=(make_user(is_staff=True),))
    dana = make_attendee(jam=jam, name="Dana")
    song = make_song(title="Valerie", artist="The Zutons", parts=[{"part": "drums"}])
    entry = make_entry(jam=jam, song=song, suggested_by=dana)
    make_performance(entry=entry, attendee=dana, part=Part.DRUMS)
    make_vote(entry=entry)
    times: dict[str, Any] = {"started_at": NOW - timedelta(minutes=5), "finished_at": NOW}
    make_entry(jam=jam, status=EntryStatus.PLAYED, **times)
    return jam


def shown(jam: Jam) -> str:
    """Return the board without ids and addresses, which differ between two jams."""
    names = {f"-{entry.pk}": f"-{entry.song.title}" for entry in Entry.objects.filter(jam=jam).select_related("song")}
    html = board.read_board(jam.slug, order=1).html
    for number, title in names.items():
        html = html.replace(f'{number}"', f'{title}"')
    paths = {f"/songs/{entry.pk}/": "/songs/x/" for entry in Entry.objects.filter(jam=jam)}
    for path, same in paths.items():
        html = html.replace(path, same)
    return html.replace(jam.slug, "slug")


def test_import_jam_shows_what_the_exported_jam_shows(jam: Jam) -> None:
    copy = import_jam(export_jam(jam), slug="copy")
    assert shown(copy) == shown(jam)
    assert (copy.starts_at, copy.venue, copy.hosts.count()) == (jam.starts_at, jam.venue, 0)


def test_import_jam_brings_back_bands_seats_and_who_waits(jam: Jam) -> None:
    Jam.objects.update(format=Format.BANDS, sets_shortened=True, set_songs=2)
    ana = make_waiting(jam=jam, name="Ana", plays=["bass", "vocals"], leaves_at=NOW, is_new=True, sits_out=True)
    ben = make_waiting(jam=jam, name="Ben", plays=["drums"], waits_since=None, in_house_band=True)
    times: dict[str, Any] = {"started_at": NOW - timedelta(minutes=20), "finished_at": NOW}
    played = make_band(jam=jam, people={ana: "bass", ben: "drums"}, status=BandStatus.PLAYED, called_at=NOW, **times)
    played.seats.filter(attendee=ana).update(no_show=True, seen_at=NOW, waited_since=NOW - timedelta(minutes=50))
    Entry.objects.filter(status=EntryStatus.PLAYED).update(band=played)
    make_band(jam=jam, people={ana: "vocals"}, name="Solo Ana", needs="one mic", place=2)
    jam = Jam.objects.select_related("venue").get()
    copy = Jam.objects.select_related("venue").get(pk=import_jam(export_jam(jam), slug="copy").pk)

    def tell(one: Jam) -> list[Any]:
        rows: list[Any] = [(one.format, one.sets_shortened, one.set_songs)]
        for band in Band.objects.filter(jam=one).order_by("place"):
            rows.append([getattr(band, field.attname) for field in Band._meta.concrete_fields if not hides(field)])
            rows += (
                Seat.objects.filter(band=band)
                .order_by("instrument")
                .values_list(
                    "attendee__name", *(field.attname for field in Seat._meta.concrete_fields if not hides(field))
                )
            )
            rows.append(list(band.songs.values_list("song__title", flat=True)))
        return [*rows, list(one.attendees.exclude(name="").order_by("name").values_list("name", *WAITING_FIELDS))]

    def hides(field: Any) -> bool:
        return bool(field.is_relation or field.primary_key)

    assert tell(copy) == tell(jam)


def test_import_jam_brings_back_a_deleted_jam(jam: Jam) -> None:
    before, text = shown(jam), export_jam(jam)
    Jam.objects.get(pk=jam.pk).delete()
    Song.objects.all().delete()
    assert shown(import_jam(text)) == before


def test_export_jam_names_no_browser_and_no_host(jam: Jam) -> None:
    text = export_jam(jam)
    secrets = [*Attendee.objects.values_list("browser", flat=True), jam.hosts.get().username]
    assert [secret for secret in secrets if secret and secret in text] == []


def test_import_jam_uses_existing_songs(jam: Jam) -> None:
    songs = Song.objects.count()
    import_jam(export_jam(jam), slug="copy")
    assert Song.objects.count() == songs


def test_import_jam_uses_songs_and_venues_in_another_spelling(jam: Jam) -> None:
    text = export_jam(jam)
    jam.delete()
    Song.objects.filter(title="Valerie").delete()
    make_song(title="VALERIE", artist="the zutons")
    Venue.objects.all().delete()
    venue = make_venue(name=jam.venue.name.upper(), slug="elsewhere")
    copy = import_jam(text)
    assert (copy.venue, copy.entries.filter(song__title="VALERIE").count()) == (venue, 1)


@pytest.mark.parametrize("played", ["Valerie", "Valery", None])
def test_import_jam_unites_songs_that_were_merged_since(jam: Jam, played: str | None) -> None:
    """The file then says the same as one that was written after the merge."""
    keep = Song.objects.get(title="Valerie")
    twin = make_song(title="Valery", artist="The Zutons")
    ours, dana = jam.entries.get(song=keep), jam.attendees.get(name="Dana")
    theirs = make_entry(jam=jam, song=twin, chord_url="https://chords.example/v")
    kim = make_attendee(jam=jam, name="Kim")
    for entry, person in ((ours, kim), (theirs, kim), (theirs, dana), (theirs, make_attendee(jam=jam))):
        make_vote(entry=entry, attendee=person)
    make_performance(entry=theirs, attendee=dana, part=Part.DRUMS)
    make_performance(entry=theirs, attendee=kim, part=Part.BASS)
    Event.objects.create(jam=jam, verb="sign_up", attendee=kim, entry=theirs)
    Entry.objects.filter(song__title=played).update(status=EntryStatus.PLAYED, started_at=NOW, finished_at=NOW)
    before = export_jam(jam)
    merge_songs(keep=keep, twin=twin, user=make_user(), now=NOW)
    copy = import_jam(before, slug="copy")

    def tell(one: Jam) -> list[Any]:
        entries = one.entries.order_by("song").values_list("song", "status", "chord_url", "finished_at")
        votes = Vote.objects.filter(entry__jam=one).values_list("entry__song", "attendee__name")
        parts = Performance.objects.filter(entry__jam=one).values_list("entry__song", "attendee__name", "part")
        events = one.events.exclude(entry=None).values_list("verb", "entry__song")
        return [list(entries), sorted(votes), sorted(parts), sorted(events)]

    assert tell(copy) == tell(jam)
    assert copy.entries.get(song=keep).votes.count() == 4


@pytest.mark.parametrize("chords", ["javascript:alert(1)", "x" * 501, 5])
def test_import_jam_refuses_invalid_values_and_creates_nothing(jam: Jam, chords: object) -> None:
    document = json.loads(export_jam(jam))
    document["entries"][0]["chord_url"] = chords
    with pytest.raises(ImportRefusedError, match="not allowed"):
        import_jam(json.dumps(document), slug="copy")
    assert Jam.objects.count() == 1


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 99}', "\x00"])
def test_import_jam_refuses_other_files(text: str) -> None:
    with pytest.raises(ImportRefusedError, match="not written by export_jam"):
        import_jam(text)


def test_import_jam_refuses_a_taken_slug_and_creates_nothing(jam: Jam) -> None:
    with pytest.raises(ImportRefusedError, match="Choose another one with --slug"):
        import_jam(export_jam(jam))
    assert Jam.objects.count() == 1


def test_transfer_commands_import_under_another_slug(jam: Jam, tmp_path: Path) -> None:
    file = tmp_path / "friday.json"
    call_command("export_jam", jam.slug, to=file)
    call_command("import_jam", file, slug="copy", verbosity=0)
    assert json.loads(file.read_text())["jam"]["name"] == Jam.objects.get(slug="copy").name


def test_transfer_commands_report_errors(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no jam at nowhere"):
        call_command("export_jam", "nowhere")
    with pytest.raises(CommandError, match="cannot be imported"):
        call_command("import_jam", tmp_path / "nothing.json")
