"""What the database itself promises of jams and what is at them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.db.models import ProtectedError

from jams.models import Attendee, Entry, EntryStatus, Event, Jam, JamStatus
from tests.builders import make_attendee, make_entry, make_jam, make_performance, make_song, make_user, make_venue
from tests.hosts import make_host

pytestmark = pytest.mark.django_db

NOW = datetime(2027, 6, 5, 21, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=4)
PLAYED: dict[str, Any] = {"status": "played", "started_at": NOW, "finished_at": LATER}


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("jam_ends_after_start", {"starts_at": NOW, "ends_at": NOW}),
        ("jam_status_known", {"status": "asleep"}),
        ("jam_voting_known", {"voting": "cats"}),
        ("jam_suggestions_known", {"suggestions": "cats"}),
        ("jam_sign_ups_known", {"sign_ups": "cats"}),
        ("jam_instrument_set_known", {"instrument_set": "techno"}),
        ("jam_performing_limit_sane", {"performing_limit": 0}),
        ("jam_performing_limit_sane", {"performing_limit": 51}),
        ("slug", {"slug": "taken"}),
    ],
)
def test_database_refuses_a_jam(constraint: str, values: dict[str, Any]) -> None:
    make_jam(slug="taken")
    with pytest.raises(IntegrityError, match=constraint):
        make_jam(**values)


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("entry_status_known", {"status": "lost"}),
        ("entry_chord_state_known", {"chord_state": "lost"}),
        ("entry_played_has_times", {"status": "played"}),
        ("entry_played_has_times", {"status": "played", "started_at": NOW}),
        ("entry_played_has_times", {"status": "queued", "started_at": NOW, "finished_at": LATER}),
        ("entry_finished_after_start", {**PLAYED, "finished_at": NOW - timedelta(seconds=1)}),
        ("entry_on_deck_has_time", {"status": "on_deck"}),
    ],
)
def test_database_refuses_an_entry(constraint: str, values: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        make_entry(**values)


@pytest.mark.parametrize(
    "values",
    [
        PLAYED,
        {**PLAYED, "finished_at": NOW},
        {"status": "playing", "started_at": NOW},
        {"status": "on_deck", "on_deck_at": NOW},
        {"status": "suggested"},
        {"status": "skipped", "on_deck_at": NOW},
        {"status": "hidden"},
    ],
)
def test_database_takes_an_entry(values: dict[str, Any]) -> None:
    assert Entry.objects.get(pk=make_entry(**values).pk).status == values["status"]


def test_entry_song_once_per_jam() -> None:
    entry = make_entry()
    make_entry(song=entry.song)
    with pytest.raises(IntegrityError, match=r"entry_song_once_per_jam|jams_entry\.jam_id, jams_entry\.song_id"):
        make_entry(jam=entry.jam, song=entry.song)


def test_entry_one_on_stage() -> None:
    entry = make_entry(status=EntryStatus.PLAYING, started_at=NOW)
    make_entry(status=EntryStatus.PLAYING, started_at=NOW)
    with pytest.raises(IntegrityError, match=r"entry_one_on_stage|jams_entry\.jam_id"):
        make_entry(jam=entry.jam, status=EntryStatus.PLAYING, started_at=NOW)


def test_attendee_browser_once_per_jam() -> None:
    attendee = make_attendee()
    make_attendee(browser=attendee.browser)
    with pytest.raises(IntegrityError, match=r"attendee_browser_once_per_jam|jams_attendee\.browser"):
        make_attendee(jam=attendee.jam, browser=attendee.browser)


@pytest.mark.parametrize("name", ["dana", "DANA", " Dána"])
def test_attendee_name_once_per_jam(name: str) -> None:
    attendee = make_attendee(name="Dana")
    make_attendee(name="Dana")
    with pytest.raises(IntegrityError, match=r"attendee_(name|look)_once_per_jam|jams_attendee\.(name|look)_key"):
        make_attendee(jam=attendee.jam, name=name)


def test_attendee_is_somebody() -> None:
    with pytest.raises(IntegrityError, match="attendee_is_somebody"):
        make_attendee(browser=None, name="")


def test_many_listeners_and_walk_ups_fit_at_one_jam() -> None:
    jam = make_jam()
    for name in ("", "", "Dana", "Sam"):
        make_attendee(jam=jam, name=name, **({"browser": None} if name else {}))
    assert Attendee.objects.filter(jam=jam).count() == 4


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("performance_part_given", {"part": ""}),
        ("performance_words_only_for_other", {"part": "bass", "other_part": "fretless"}),
    ],
)
def test_database_refuses_a_performance(constraint: str, values: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        make_performance(**values)


def test_performance_part_once() -> None:
    performance = make_performance(part="guitar")
    make_performance(entry=performance.entry, attendee=performance.attendee, part="vocals")
    with pytest.raises(IntegrityError, match=r"performance_part_once|jams_performance\.part"):
        make_performance(entry=performance.entry, attendee=performance.attendee, part="guitar")


def test_event_says_what() -> None:
    with pytest.raises(IntegrityError, match="event_says_what"):
        Event.objects.create(jam=make_jam(), verb="")


def test_songs_and_venues_in_use_are_protected() -> None:
    entry = make_entry()
    for used in (entry.song, entry.jam.venue):
        with pytest.raises(ProtectedError):
            used.delete()


def test_history_outlives_the_people_in_it() -> None:
    user, entry = make_user(), make_entry()
    attendee = make_attendee(jam=entry.jam)
    event = Event.objects.create(jam=entry.jam, verb="did", user=user, attendee=attendee, entry=entry)
    for gone in (user, attendee, entry):
        gone.delete()
    event.refresh_from_db()
    assert (event.user, event.attendee, event.entry) == (None, None, None)


# -- Words ------------------------------------------------------------------------------------------------


def test_run_by_returns_own_jams_or_all_for_superusers() -> None:
    host, stranger, superuser = make_user(), make_host(), make_user(is_staff=True, is_superuser=True)
    own, foreign = make_jam(hosts=(host,)), make_jam()
    found = [set(Jam.objects.run_by(user)) for user in (host, stranger, superuser)]
    assert found == [{own}, set(), {own, foreign}]


def test_coming_is_soonest_first_without_ended_jams() -> None:
    times = [NOW + timedelta(days=days) for days in (2, 1, -1)]
    second, first, _past = (make_jam(starts_at=time, status=JamStatus.SCHEDULED) for time in times)
    make_jam(starts_at=times[0], status=JamStatus.ENDED)
    assert list(Jam.objects.coming(NOW)) == [first, second]


@pytest.mark.parametrize(("zone", "today"), [("Pacific/Auckland", False), ("Europe/Berlin", True), ("UTC", True)])
def test_is_today_uses_the_time_zone_of_the_venue(zone: str, today: bool) -> None:
    jam = make_jam(venue=make_venue(time_zone=zone), starts_at=NOW - timedelta(hours=12), status=JamStatus.SCHEDULED)
    assert jam.is_today(NOW) is today


def test_listed_holds_only_public_entries() -> None:
    jam = make_jam()
    values: dict[str, Any] = {"played": PLAYED, "playing": {"started_at": NOW}, "on_deck": {"on_deck_at": NOW}}
    for status in EntryStatus.values:
        make_entry(jam=jam, **{"status": status} | values.get(status, {}))
    assert set(Entry.objects.listed().values_list("status", flat=True)) == {"played", "playing", "on_deck", "queued"}


def test_song_count_counts_listed_entries() -> None:
    jam = make_jam()
    make_jam()
    for status in ("queued", "queued", "hidden", "suggested"):
        make_entry(jam=jam, song=make_song(), status=status)
    jams: Any = Jam.objects.for_list().order_by("pk")
    assert [jam.song_count for jam in jams] == [2, 0]


def test_performance_part_name_uses_the_entered_instrument() -> None:
    told = [make_performance(part="bass").part_name, make_performance(part="other", other_part="saw").part_name]
    assert told == ["bass", "saw"]
