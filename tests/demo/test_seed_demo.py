"""The demo is complete, consistent, and loaded only once."""

from collections import Counter
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db.models import Count, F, Q
from pytest_django import Settings

from core import signals
from demo.logins import logins_path, read_logins
from demo.scale import SCALES, Scale, seed_scale
from demo.seed import seed_demo
from jams.models import Attendee, Entry, EntryStatus, Jam, JamStatus, Performance, Series
from songs.models import Song
from tests.builders import make_song
from tests.hosts import browser_of
from venues.models import Venue
from votes.models import Vote

pytestmark = pytest.mark.django_db

NOW = datetime(2027, 6, 5, 18, 40, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _own_folder(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def say(*arguments: str) -> str:
    out = StringIO()
    call_command("seed_demo", *arguments, stdout=out)
    return out.getvalue()


def amounts() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in (Venue, Song, Jam, Entry, Attendee, Performance, Vote)}


def test_seed_demo_creates_enough_of_everything() -> None:
    seed_demo(now=NOW)
    assert (Venue.objects.values("time_zone").distinct().count(), Jam.objects.count()) == (4, 10)
    assert Song.objects.count() >= 60
    assert Attendee.objects.exclude(name="").values("name").distinct().count() == 40
    assert 300 <= Vote.objects.count() <= 900


def test_seed_demo_creates_a_live_jam_with_songs_in_every_status() -> None:
    seed_demo(now=NOW)
    jam = Jam.objects.select_related("venue").get(slug="lantern-open-jam")
    assert jam.is_today(NOW)
    counts = Counter(jam.entries.values_list("status", flat=True))
    assert counts == {"played": 5, "playing": 1, "on_deck": 2, "queued": 12, "suggested": 1}


def test_seed_demo_late_at_night_keeps_tonights_jam_upcoming() -> None:
    seed_demo(now=datetime(2027, 6, 6, 3, 40, tzinfo=UTC))  # 22:40 in Austin
    jam = Jam.objects.get(slug="southside-late-session")
    assert (jam.status, jam.starts_at) == (JamStatus.SCHEDULED, datetime(2027, 6, 6, 4, tzinfo=UTC))


def test_seed_demo_adds_nothing_the_second_time() -> None:
    assert "The demo is loaded." in say()
    before, passwords = amounts(), read_logins()
    assert say() == "The demo is already here; nothing was added.\n"
    assert (amounts(), read_logins()) == (before, passwords)


def test_seed_demo_prints_nothing_with_verbosity_zero() -> None:
    assert (say("--verbosity=0"), Jam.objects.count()) == ("", 10)


def test_seed_demo_creates_the_same_rows_for_the_same_moment() -> None:
    def snapshot() -> list[tuple]:
        return list(
            Entry.objects.order_by("jam__slug", "song__title").values_list("song__title", "status", "finished_at")
        )

    seed_demo(now=NOW)
    first = snapshot()
    assert len(first) > 20
    Jam.objects.all().delete()
    Series.objects.all().delete()
    Venue.objects.all().delete()
    Song.objects.all().delete()
    seed_demo(now=NOW)
    assert snapshot() == first


def test_seed_demo_creates_only_valid_rows() -> None:
    seed_demo(now=NOW)
    derived = ["match_key", "name_key", "look_key", "name_order", "browser"]
    wrong = []
    assert min(amounts().values()) > 0
    for model in (Venue, Song, Jam, Entry, Attendee, Performance, Vote):
        for row in model.objects.all():
            try:
                row.full_clean(exclude=derived)
            except ValidationError as error:
                wrong.append((row, error.messages))
    assert wrong == []


def test_seed_demo_play_counts_match_the_set_lists() -> None:
    seed_demo(now=NOW)
    played = Count("entries", filter=Q(entries__status=EntryStatus.PLAYED))
    counted = Song.objects.annotate(n=played)
    assert (counted.filter(n__gt=0).exists(), counted.exclude(times_played=F("n")).count()) == (True, 0)
    last = Entry.objects.filter(status=EntryStatus.PLAYED).select_related("song").latest("finished_at")
    assert last.song.last_played_at == last.finished_at


def test_seed_demo_times_are_in_order() -> None:
    seed_demo(now=NOW)
    played = Entry.objects.filter(status=EntryStatus.PLAYED).select_related("jam")
    assert len(played) > 5
    times: list[Any] = [(entry.jam.starts_at, entry.started_at, entry.finished_at, NOW) for entry in played]
    assert [row for row in times if not row[0] < row[1] < row[2] < row[3]] == []
    assert Vote.objects.filter(created_at__gt=NOW).count() == 0


def test_seed_demo_keeps_the_performing_limit() -> None:
    seed_demo(now=NOW)
    upcoming = Q(performances__entry__status__in=[*Entry.UPCOMING, EntryStatus.PLAYING])
    busy = Attendee.objects.annotate(n=Count("performances", filter=upcoming))
    assert max(attendee.n for attendee in busy) == 3
    strangers = [
        p for p in Performance.objects.select_related("entry", "attendee") if p.entry.jam_id != p.attendee.jam_id
    ]
    assert strangers == []


def test_seed_demo_uses_existing_songs_unchanged() -> None:
    kept = make_song(title="VALERIE", artist="Amy Winehouse", key="C")
    seed_demo(now=NOW)
    assert list(Song.objects.filter(title__iexact="valerie").values_list("pk", "key")) == [(kept.pk, "C")]


# -- Logins -----------------------------------------------------------------------------------------------


def test_read_logins_without_a_demo_is_none() -> None:
    assert read_logins() is None


def test_seed_demo_prints_logins_and_keeps_them_in_a_private_file(client) -> None:
    printed = say()
    logins = read_logins()
    assert logins is not None
    assert sorted(logins) == ["admin", "host"]
    assert printed.splitlines()[1:] == [f"  {name}: {password}" for name, password in logins.items()]
    assert logins_path().stat().st_mode & 0o777 == 0o600
    assert [client.login(username=name, password=password) for name, password in logins.items()] == [True, True]


def test_create_logins_leaves_existing_users_unchanged(django_user_model) -> None:
    django_user_model.objects.create_user("admin", password="my own")
    seed_demo(now=NOW)
    assert list(read_logins() or {}) == ["host"]
    assert django_user_model.objects.get(username="admin").check_password("my own")


def test_seed_demo_gives_the_host_some_jams() -> None:
    seed_demo(now=NOW)
    host = User.objects.get(username="host")
    response = browser_of(host).get("/admin/jams/jam/")
    assert len(response.context["cl"].result_list) == Jam.objects.run_by(host).count() == 7


# -- What is told -----------------------------------------------------------------------------------------


@pytest.fixture
def told():
    heard = []

    def listen(what: str, slug: str = "", **kwargs: object) -> None:
        heard.append((what, slug))

    for signal in (signals.list_changed, signals.jam_changed):
        signal.connect(listen)
    yield heard
    for signal in (signals.list_changed, signals.jam_changed):
        signal.disconnect(listen)


def test_seed_demo_announces_its_bulk_writes_after_the_commit(told: list, django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        seed_demo(now=NOW)
    expected = {("songs", ""), ("venues", ""), ("jams", "")} | {("seeded", jam.slug) for jam in Jam.objects.all()}
    assert expected <= set(told)


# -- The big one ------------------------------------------------------------------------------------------


def test_seed_scale_creates_the_big_demo_once() -> None:
    say("--scale")
    promised = {"Venue": 200, "Song": 5000, "Jam": 2000}
    made = amounts()
    assert {name: made[name] for name in promised} == promised
    hot = Jam.objects.get(slug="hot-jam")
    assert (hot.entries.count(), hot.attendees.count(), Vote.objects.filter(entry__jam=hot).count()) == (60, 300, 5000)
    assert say("--scale") == "The big demo is already here; nothing was added.\n"
    assert amounts() == made


def test_seed_scale_and_seed_demo_can_be_combined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SCALES, "large", Scale(jams=200, songs=600, venues=20, hot_votes=500))
    say()
    say("--scale")
    assert (Jam.objects.count(), Venue.objects.count()) == (210, 24)


def test_seed_scale_gives_each_voter_five_hearts_of_their_own_jam() -> None:
    seed_scale(Scale(jams=20, songs=100, venues=4, voters=3, hot_votes=100), now=NOW)
    nights = Vote.objects.exclude(entry__jam__slug="hot-jam")
    assert nights.count() == 19 * 3 * 5
    assert nights.exclude(attendee__jam=F("entry__jam")).count() == 0
    assert nights.values("entry", "attendee").distinct().count() == nights.count()


@pytest.mark.parametrize("slug", ["southside-band-night", "esquina-open-mic"])
def test_seed_demo_plays_the_first_half_of_a_band_night_and_an_open_mic(slug: str) -> None:
    seed_demo(now=NOW)
    jam = Jam.objects.get(slug=slug)
    counts = Counter(jam.bands.values_list("status", flat=True))
    assert (counts["played"], counts["on_stage"], counts["called"]) == (3, 1, 1)
