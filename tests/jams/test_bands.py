"""A band's way from the waiting list to the stage, by hosts and by musicians, with undo at every step."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from core.exceptions import ActionError, Conflict, Invalid, NotFound
from jams.models import Attendee, Band, BandStatus, Entry, EntryStatus, Event, Format, Jam, JamStatus, Seat
from jams.services.band_order import order_band, shuffle_bands
from jams.services.bands import (
    call_band,
    change_seat,
    drop_band,
    finish_band,
    form_band,
    mark_missing,
    mark_present,
    rename_band,
    start_band,
)
from jams.services.device_transfer import create_move_code, move_to_device
from jams.services.event_log import describe_event
from jams.services.host_people import remove_person, rename_person
from jams.services.jam_settings import set_format, set_set_minutes, set_set_songs, shorten_sets
from jams.services.jam_status import end_jam
from jams.services.membership import leave_musicians
from jams.services.planning import get_repeated_settings, plan_night
from jams.services.series import set_template
from jams.services.stage import finish_song, start_song
from jams.services.undo import undo_event
from tests.builders import make_band, make_entry, make_jam, make_member, make_series, make_song, make_user, make_waiting
from venues.models import Venue

pytestmark = pytest.mark.django_db
NOW = timezone.now().replace(microsecond=0)
LONG_AGO = NOW - timedelta(minutes=50)
TRIO = "vocals: Ana\nbass: Ben\ndrums: Otis"


@pytest.fixture
def host() -> User:
    return make_user(username="hannah")


@pytest.fixture
def jam() -> Jam:
    """A live jam of bands at which a trio and a guitarist wait."""
    jam = make_jam(format=Format.BANDS)
    for name, part in (("Ana", "vocals"), ("Ben", "bass"), ("Otis", "drums"), ("Priya", "guitar")):
        make_waiting(jam=jam, name=name, plays=[part], waits_since=LONG_AGO)
    return jam


def state(jam: Jam) -> list[Any]:
    """All that an action on a band could change."""
    return [
        list(Band.objects.filter(jam=jam).order_by("pk").values("name", "needs", "status", "place", "called_at")),
        list(Band.objects.filter(jam=jam).order_by("pk").values("started_at", "finished_at")),
        list(Seat.objects.order_by("band", "attendee").values("band", "attendee__name", "instrument", "no_show")),
        list(Attendee.objects.filter(jam=jam).order_by("pk").values("name", "waits_since", "sits_out", "left_at")),
        list(Entry.objects.filter(jam=jam).order_by("pk").values("status", "band", "started_at", "finished_at")),
        list(jam.entries.order_by("pk").values_list("song__times_played", "song__last_played_at")),
    ]


def call(jam: Jam, host: User, seats: str = TRIO, **what: Any) -> Band:
    event = call_band(jam=jam, seats=seats, user=host, now=NOW, **what)
    assert event is not None
    return Band.objects.latest("pk")


def start(jam: Jam, host: User, band: Band, **what: Any) -> Event:
    event = start_band(jam=jam, band=band.pk, user=host, now=what.pop("now", NOW), **what)
    assert event is not None
    return event


def seats_of(band: Band) -> dict[str, str]:
    return dict(Seat.objects.filter(band=band).values_list("attendee__name", "instrument"))


def test_band_is_formed_with_the_named_people(jam: Jam, host: User) -> None:
    event = form_band(jam=jam, seats=TRIO, user=host, now=NOW)
    assert event is not None
    band = Band.objects.get()
    assert (band.status, seats_of(band)) == ("forming", {"Ana": "vocals", "Ben": "bass", "Otis": "drums"})
    assert describe_event(event) == "hannah put a band together: Ana, Ben, Otis"


def test_forming_the_same_band_twice_forms_it_once(jam: Jam, host: User) -> None:
    events = [form_band(jam=jam, seats=TRIO, user=host, now=NOW) for _ in range(2)]
    assert events[1] is None
    assert Band.objects.count() == 1


@pytest.mark.parametrize(
    ("seats", "refusal"),
    [
        ("", Invalid),
        ("bassoonist: Ana", Invalid),
        ("Ana", Invalid),
        ("bass: Nobody", NotFound),
        ("bass: Ana\nvocals: Ana", Invalid),
        ("\n".join(["bass: Ana"] * 31), Invalid),
    ],
)
def test_band_of_wrong_seats_is_refused(jam: Jam, host: User, seats: str, refusal: type[ActionError]) -> None:
    with pytest.raises(refusal):
        form_band(jam=jam, seats=seats, user=host, now=NOW)
    assert not Band.objects.exists()


def test_musician_is_in_one_upcoming_band(jam: Jam, host: User) -> None:
    call(jam, host)
    with pytest.raises(Conflict, match="Ana is in another band"):
        form_band(jam=jam, seats="vocals: Ana\nguitar: Priya", user=host, now=NOW)


def test_song_list_has_no_bands(jam: Jam, host: User) -> None:
    set_format(jam=jam, format="songs", user=host, now=NOW)
    with pytest.raises(Conflict, match="song list"):
        form_band(jam=jam, seats=TRIO, user=host, now=NOW)


def test_stage_plan_limits_an_instrument(jam: Jam, host: User) -> None:
    Jam.objects.update(stage_plan=[{"part": "guitar", "count": 1, "optional": False}])
    make_waiting(jam=jam, name="Zoe")
    with pytest.raises(Conflict, match="room for guitar"):
        form_band(jam=jam, seats="guitar: Priya\nguitar: Zoe", user=host, now=NOW)
    assert not Band.objects.exists()


def test_seat_is_swapped_filled_and_emptied(jam: Jam, host: User) -> None:
    band = make_band(jam=jam, people={Attendee.objects.get(name="Ana"): "vocals"})
    for change in ({"name": "Ana", "to": "Priya"}, {"to": "Otis", "instrument": "drums"}, {"name": "Otis"}):
        assert change_seat(jam=jam, band=band.pk, user=host, now=NOW, **change) is not None
    assert seats_of(band) == {"Priya": "vocals"}


def test_change_of_a_seat_repeated_changes_nothing(jam: Jam, host: User) -> None:
    band = make_band(jam=jam, people={Attendee.objects.get(name="Ana"): "vocals"})
    change = {"to": "Otis", "instrument": "drums"}
    events = [change_seat(jam=jam, band=band.pk, user=host, now=NOW, **change) for _ in range(2)]
    assert events[1] is None


def test_calling_a_band_twice_calls_it_once(jam: Jam, host: User) -> None:
    call(jam, host)
    assert call_band(jam=jam, seats=TRIO, user=host, now=NOW) is None
    assert Band.objects.get().status == BandStatus.CALLED


def test_second_host_who_calls_another_band_gets_a_conflict(jam: Jam, host: User) -> None:
    first = call(jam, host, "vocals: Ana")
    with pytest.raises(Conflict, match="Another host got there first: Ana was called"):
        call(jam, make_user(), "guitar: Priya")
    assert call(jam, make_user(), "guitar: Priya", seen=first.pk).place == first.place + 1


def test_start_finishes_the_band_and_the_song_on_stage(jam: Jam, host: User) -> None:
    first = call(jam, host, "vocals: Ana")
    second = call(jam, host, "guitar: Priya", seen=first.pk)
    start(jam, host, first)
    entry = make_entry(jam=jam)
    start_song(jam=jam, entry=entry, seen=None, user=host, now=NOW)
    start(jam, host, second, seen=first.pk)
    entry.refresh_from_db()
    assert list(Band.objects.order_by("pk").values_list("status", flat=True)) == ["played", "on_stage"]
    assert (entry.status, entry.band_id) == (EntryStatus.PLAYED, first.pk)


def test_start_is_idempotent_and_compares_what_was_seen(jam: Jam, host: User) -> None:
    first = call(jam, host, "vocals: Ana")
    second = call(jam, host, "guitar: Priya", seen=first.pk)
    start(jam, host, first)
    assert start_band(jam=jam, band=first.pk, user=host, now=NOW) is None
    with pytest.raises(Conflict, match="Ana is on stage now"):
        start(jam, host, second)
    finish_band(jam=jam, band=first.pk, user=host, now=NOW)
    with pytest.raises(Conflict, match="stage is empty"):
        start(jam, host, second, seen=first.pk)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"status": JamStatus.SCHEDULED}, "Open the jam"),
        ({"status": JamStatus.PAUSED}, "break"),
        ({"hard_stop_at": NOW}, "hard stop"),
    ],
)
def test_band_starts_only_while_music_may(jam: Jam, host: User, values: dict[str, Any], sentence: str) -> None:
    band = call(jam, host)
    Jam.objects.filter(pk=jam.pk).update(**values)
    with pytest.raises(Conflict, match=sentence):
        start(jam, host, band)
    with pytest.raises(Conflict, match=sentence):
        start_song(jam=jam, entry=make_entry(jam=jam), seen=None, user=host, now=NOW)


def test_musicians_wait_anew_when_their_band_has_played(jam: Jam, host: User) -> None:
    Attendee.objects.filter(name="Ben").update(waits_since=None)
    band = call(jam, host)
    start(jam, host, band)
    assert finish_band(jam=jam, band=band.pk, user=host, now=NOW) is not None
    assert finish_band(jam=jam, band=band.pk, user=host, now=NOW) is None
    waits = dict(Attendee.objects.values_list("name", "waits_since"))
    assert waits == {"Ana": NOW, "Ben": None, "Otis": NOW, "Priya": LONG_AGO}


def test_songs_of_the_set_belong_to_the_band_and_count_as_plays(jam: Jam, host: User) -> None:
    band = call(jam, host)
    entries = [make_entry(jam=jam) for _ in range(2)]
    start(jam, host, band)
    start_song(jam=jam, entry=entries[0], seen=None, user=host, now=NOW)
    start_song(jam=jam, entry=entries[1], seen=entries[0].pk, user=host, now=NOW)
    finish_band(jam=jam, band=band.pk, user=host, now=NOW)
    assert list(band.songs.order_by("pk").values_list("status", "song__times_played")) == [("played", 1)] * 2


def test_host_may_shorten_sets_while_a_band_plays(jam: Jam, host: User) -> None:
    band = call(jam, host)
    start(jam, host, band)
    first, second, third = (make_entry(jam=jam) for _ in range(3))
    start_song(jam=jam, entry=first, seen=None, user=host, now=NOW)
    start_song(jam=jam, entry=second, seen=first.pk, user=host, now=NOW)
    set_set_songs(jam=jam, set_songs=1, user=host, now=NOW)
    with pytest.raises(Conflict, match="has played its set"):
        start_song(jam=jam, entry=third, seen=second.pk, user=host, now=NOW)
    assert finish_band(jam=jam, band=band.pk, user=host, now=NOW) is not None
    assert band.songs.filter(status=EntryStatus.PLAYED).count() == 2


def test_dropped_band_leaves_the_waiting_list_as_it_was(jam: Jam, host: User) -> None:
    band = call(jam, host)
    assert drop_band(jam=jam, band=band.pk, user=host, now=NOW) is not None
    assert drop_band(jam=jam, band=band.pk, user=host, now=NOW) is None
    assert set(Attendee.objects.values_list("waits_since", flat=True)) == {LONG_AGO}
    with pytest.raises(Conflict, match="no longer in the running order"):
        start(jam, host, band)


def test_only_a_band_on_stage_can_be_finished(jam: Jam, host: User) -> None:
    band = call(jam, host)
    with pytest.raises(Conflict, match="isn't on stage"):
        finish_band(jam=jam, band=band.pk, user=host, now=NOW)


def test_band_of_another_jam_is_not_found(jam: Jam, host: User) -> None:
    other = make_band()
    with pytest.raises(NotFound):
        start(jam, host, other)


def test_running_order_is_changed_by_place(jam: Jam, host: User) -> None:
    bands = [make_band(jam=jam, name=name, place=place) for place, name in enumerate("ABC", start=1)]
    assert order_band(jam=jam, band=bands[2].pk, place=1, user=host, now=NOW) is not None
    assert order_band(jam=jam, band=bands[2].pk, place=1, user=host, now=NOW) is None
    assert [band.name for band in jam.bands.upcoming()] == ["C", "A", "B"]


def test_lottery_is_repeated_by_its_seed(jam: Jam, host: User) -> None:
    for place, name in enumerate("ABCDEFGH", start=1):
        make_band(jam=jam, name=name, place=place)
    event = shuffle_bands(jam=jam, user=host, now=NOW)
    assert event is not None
    drawn = [band.name for band in jam.bands.upcoming()]
    undo_event(event=event, user=host, now=NOW)
    assert [band.name for band in jam.bands.upcoming()] == [*"ABCDEFGH"]
    shuffle_bands(jam=jam, seed=event.data["seed"], user=host, now=NOW)
    assert [band.name for band in jam.bands.upcoming()] == drawn
    assert str(event.data["seed"]) in describe_event(event)


def test_lottery_leaves_called_bands_alone(jam: Jam, host: User) -> None:
    make_band(jam=jam, name="Called", status=BandStatus.CALLED, place=1)
    make_band(jam=jam, name="Alone", place=2)
    assert shuffle_bands(jam=jam, user=host, now=NOW) is None


def test_act_is_renamed_and_keeps_a_name_or_people(jam: Jam, host: User) -> None:
    band = make_band(jam=jam, name="Rude Name")
    assert rename_band(jam=jam, band=band.pk, name="The Foos", needs="DI", user=host, now=NOW) is not None
    band.refresh_from_db()
    assert (band.name, band.needs) == ("The Foos", "DI")
    with pytest.raises(Invalid):
        rename_band(jam=jam, band=band.pk, name="", user=host, now=NOW)


@pytest.fixture
def steps(jam: Jam, host: User) -> list[Any]:
    """Every action on a band, each as a function that does it, in an order in which all are possible."""
    entry = make_entry(jam=jam, song=make_song(times_played=4, last_played_at=LONG_AGO))
    spare = make_band(jam=jam, name="Spare", place=7)
    made: dict[str, Band] = {}

    def form() -> Event | None:
        event = form_band(jam=jam, seats=TRIO, user=host, now=NOW)
        made["trio"] = Band.objects.latest("pk")
        return event

    what: dict[str, Any] = {"jam": jam, "user": host, "now": NOW}
    return [
        form,
        lambda: change_seat(band=made["trio"].pk, name="Ana", to="Priya", **what),
        lambda: change_seat(band=made["trio"].pk, to="Ana", instrument="keys", **what),
        lambda: order_band(band=made["trio"].pk, place=1, **what),
        lambda: shuffle_bands(seed=0, **what),
        lambda: rename_band(band=made["trio"].pk, name="The Foos", **what),
        lambda: mark_missing(band=made["trio"].pk, name="Ben", **what),
        lambda: mark_present(band=made["trio"].pk, name="Ben", **what),
        lambda: call_band(band=made["trio"].pk, **what),
        lambda: drop_band(band=spare.pk, **what),
        lambda: start_band(band=made["trio"].pk, **what),
        lambda: start_song(entry=entry, seen=None, **what),
        lambda: finish_band(band=made["trio"].pk, **what),
    ]


def test_each_step_of_a_band_can_be_undone(jam: Jam, host: User, steps: list[Any]) -> None:
    for step in steps:
        before = state(jam)
        event = step()
        assert event is not None
        assert state(jam) != before
        undo_event(event=event, user=host, now=NOW)
        assert [rows for rows in state(jam) if rows] == [rows for rows in before if rows]
        step()


def test_whole_way_of_a_band_can_be_undone_backwards(jam: Jam, host: User, steps: list[Any]) -> None:
    start_of_all = state(jam)
    events = [step() for step in steps]
    for event in reversed(events):
        undo_event(event=event, user=host, now=NOW)
    assert state(jam) == start_of_all


def test_undo_is_refused_once_the_band_has_moved_on(jam: Jam, host: User) -> None:
    band = call(jam, host)
    event = Event.objects.select_related("jam").get(verb="call_band")
    start(jam, host, band)
    with pytest.raises(Conflict, match="later changes"):
        undo_event(event=event, user=host, now=NOW)


def test_undo_of_start_is_refused_once_songs_are_played(jam: Jam, host: User) -> None:
    event = start(jam, host, call(jam, host))
    start_song(jam=jam, entry=make_entry(jam=jam), seen=None, user=host, now=NOW)
    with pytest.raises(Conflict, match="later changes"):
        undo_event(event=event, user=host, now=NOW)


def test_undo_of_a_drop_is_refused_when_its_people_are_in_another_band(jam: Jam, host: User) -> None:
    band = call(jam, host)
    event = drop_band(jam=jam, band=band.pk, user=host, now=NOW)
    assert event is not None
    call(jam, host, "vocals: Ana")
    with pytest.raises(Conflict, match="another band"):
        undo_event(event=event, user=host, now=NOW)


def test_end_of_the_jam_finishes_the_band_and_undo_puts_it_back(jam: Jam, host: User) -> None:
    start(jam, host, call(jam, host))
    entry = make_entry(jam=jam)
    start_song(jam=jam, entry=entry, seen=None, user=host, now=NOW)
    before = state(jam)
    event = end_jam(jam=jam, user=host, now=NOW)
    assert event is not None
    assert Band.objects.get().status == BandStatus.PLAYED
    undo_event(event=event, user=host, now=NOW)
    assert state(jam) == before


def test_song_of_a_set_can_be_finished_and_undone(jam: Jam, host: User) -> None:
    start(jam, host, call(jam, host))
    entry = make_entry(jam=jam)
    start_song(jam=jam, entry=entry, seen=None, user=host, now=NOW)
    before = state(jam)
    event = finish_song(jam=jam, entry=entry, user=host, now=NOW)
    assert event is not None
    undo_event(event=event, user=host, now=NOW)
    assert state(jam) == before


def test_musician_of_a_called_band_removes_herself(jam: Jam, host: User) -> None:
    band = call(jam, host)
    ana = Attendee.objects.get(name="Ana")
    leave_musicians(jam=jam, attendee=ana, now=NOW)
    ana.refresh_from_db()
    assert (seats_of(band), ana.waits_since, ana.name) == ({"Ben": "bass", "Otis": "drums"}, None, "")


def test_musician_removed_by_the_host_comes_back_by_undo(jam: Jam, host: User) -> None:
    call(jam, host)
    before = state(jam)
    event = remove_person(jam=jam, name="Ana", user=host, now=NOW)
    assert state(jam) != before
    undo_event(event=event, user=host, now=NOW)
    assert state(jam) == before


def test_band_is_dropped_when_everybody_leaves(jam: Jam, host: User) -> None:
    band = call(jam, host)
    for person in Attendee.objects.filter(seats__band=band):
        leave_musicians(jam=jam, attendee=person, now=NOW)
    assert Band.objects.get().status == BandStatus.DROPPED


def test_last_musician_removed_by_the_host_comes_back_with_the_band(jam: Jam, host: User) -> None:
    band = call(jam, host, "vocals: Ana")
    event = remove_person(jam=jam, name="Ana", user=host, now=NOW)
    assert Band.objects.get().status == BandStatus.DROPPED
    undo_event(event=event, user=host, now=NOW)
    band.refresh_from_db()
    assert (band.status, seats_of(band)) == ("called", {"Ana": "vocals"})


def test_musician_on_stage_who_leaves_keeps_the_name_in_the_history(jam: Jam, host: User) -> None:
    band = call(jam, host)
    start(jam, host, band)
    ana = Attendee.objects.get(name="Ana")
    leave_musicians(jam=jam, attendee=ana, now=NOW)
    ana.refresh_from_db()
    assert (ana.name, ana.left_at, seats_of(band)["Ana"]) == ("Ana", NOW, "vocals")


def test_musician_of_a_called_band_moves_to_another_phone(jam: Jam, host: User) -> None:
    band = call(jam, host)
    ana = Attendee.objects.get(name="Ana")
    ana.jam = jam
    moved = move_to_device(jam=jam, code=create_move_code(attendee=ana, now=NOW), browser="b" * 24, now=NOW)
    assert (moved.pk, moved.waits_since, seats_of(band)["Ana"]) == (ana.pk, LONG_AGO, "vocals")


def test_musician_of_a_called_band_is_renamed(jam: Jam, host: User) -> None:
    band = call(jam, host)
    rename_person(jam=jam, name="Ana", to="Anna", user=host, now=NOW)
    assert seats_of(band)["Anna"] == "vocals"


def test_format_may_change_with_bands_waiting(jam: Jam, host: User) -> None:
    band = call(jam, host)
    event = set_format(jam=jam, format="songs", user=host, now=NOW)
    assert event is not None
    for step in (start_band, call_band):  # no page would show it, and no button end it
        with pytest.raises(Conflict, match="song list"):
            step(jam=jam, band=band.pk, user=host, now=NOW)
    undo_event(event=event, user=host, now=NOW)
    jam.refresh_from_db()
    assert jam.format == Format.BANDS
    start(jam, host, band)  # whoever was called may still play


@pytest.mark.parametrize("step", ["format", "finish"])
def test_no_undo_hides_a_band_that_is_on_stage(jam: Jam, host: User, step: str) -> None:
    """Neither that of the change to bands, nor that of a band's end after the change back to songs."""
    Jam.objects.filter(pk=jam.pk).update(format=Format.SONGS)
    event = set_format(jam=jam, format="bands", user=host, now=NOW)
    band = call(jam, host)
    start(jam, host, band)
    if step == "finish":
        event = finish_band(jam=jam, band=band.pk, user=host, now=NOW)
        set_format(jam=jam, format="songs", user=host, now=NOW)
    assert event
    with pytest.raises(Conflict, match="can't be undone"):
        undo_event(event=event, user=host, now=NOW)
    jam.refresh_from_db()
    assert jam.format == (Format.SONGS if step == "finish" else Format.BANDS)
    assert jam.bands.filter(status=BandStatus.ON_STAGE).exists() == (step == "format")


def test_next_night_like_a_band_night_is_one_with_the_same_sets(jam: Jam, host: User) -> None:
    set_set_songs(jam=jam, set_songs=2, user=host, now=NOW)
    jam = Jam.objects.select_related("venue").get(pk=jam.pk)
    user = make_member(venue=jam.venue).user
    times: dict[str, Any] = {"starts_at": NOW + timedelta(days=7), "ends_at": NOW + timedelta(days=7, hours=4)}
    following = plan_night(user=user, venue=jam.venue, like=jam, now=NOW, name="Next", **times)
    assert (following.format, following.set_songs) == (Format.BANDS, 2)


def test_next_night_has_sets_as_long_as_planned_when_they_were_shortened(jam: Jam, host: User) -> None:
    for songs in (2, 1):
        shorten_sets(jam=jam, songs=songs, user=host, now=NOW)
    shortened = Jam.objects.get(pk=jam.pk)
    assert (shortened.set_songs, get_repeated_settings(shortened)["set_songs"]) == (1, 3)
    undo_event(event=jam.events.latest("pk"), user=host, now=NOW)
    shortened.refresh_from_db()
    assert (shortened.set_songs, get_repeated_settings(shortened)["set_songs"]) == (2, 3)
    set_set_minutes(jam=jam, set_minutes=20, user=host, now=NOW)
    shorten_sets(jam=jam, minutes=10, user=host, now=NOW + timedelta(minutes=1))
    shortened.refresh_from_db()
    assert (shortened.set_minutes, get_repeated_settings(shortened)["set_minutes"]) == (10, 20)


def test_series_begins_with_sets_as_long_as_planned(jam: Jam, host: User) -> None:
    shorten_sets(jam=jam, songs=1, user=host, now=NOW)
    series = make_series(venue=Venue.objects.get(pk=jam.venue_id))
    set_template(series=series, night=Jam.objects.get(pk=jam.pk))
    assert series.switches["set_songs"] == 3
    set_set_songs(jam=jam, set_songs=2, user=host, now=NOW)  # and this is a decision for good
    set_template(series=series, night=Jam.objects.get(pk=jam.pk))
    assert series.switches["set_songs"] == 2
