"""Who waits, who sits out, who has to leave: as musicians say it and as hosts say it for people without a phone."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from core.exceptions import ActionError, Conflict, Forbidden, Invalid, NotFound
from jams.models import Attendee, BandStatus, Event, Format, Jam, JamStatus
from jams.selectors.bands import read_bands, write_seats
from jams.services import guest_actions, waiting_list
from jams.services.bands import call_band
from jams.services.event_log import describe_event
from jams.services.host_people import rename_person
from jams.services.membership import NameTaken, leave_musicians
from jams.services.night_times import read_night_time
from jams.services.undo import undo_event
from tests.builders import make_attendee, make_band, make_jam, make_user, make_venue, make_waiting

pytestmark = pytest.mark.django_db
NOW = timezone.now().replace(microsecond=0)
BROWSER = "b" * 24


@pytest.fixture
def host() -> User:
    return make_user(username="hannah")


@pytest.fixture
def jam() -> Jam:
    return make_jam(format=Format.BANDS)


def join(jam: Jam, name: str = "Ana", plays: tuple[str, ...] = ("bass", "vocals"), browser: str = BROWSER) -> Attendee:
    return guest_actions.join_jam(jam=jam, browser=browser, name=name, plays=plays, now=NOW)


def test_musician_who_joins_a_jam_of_bands_waits_at_once(jam: Jam) -> None:
    ana = join(jam)
    assert (ana.waits_since, ana.plays) == (NOW, ["bass", "vocals"])  # the main instrument stays first


@pytest.mark.parametrize("values", [{"format": Format.SONGS}, {"format": Format.MIXED}, {"sign_ups": "closed"}])
def test_musician_who_joins_waits_only_where_bands_are_made(values: dict[str, Any]) -> None:
    assert join(make_jam(**{"format": Format.BANDS, **values})).waits_since is None


def test_musician_without_an_instrument_waits_once_one_is_named(jam: Jam) -> None:
    assert join(jam, plays=()).waits_since is None
    assert join(jam, plays=("drums",)).waits_since == NOW


def test_musician_who_stopped_waiting_stays_off_the_list_when_renamed(jam: Jam) -> None:
    join(jam)
    guest_actions.change_my_waiting(jam=jam, browser=BROWSER, waits=False, now=NOW)
    assert join(jam, name="Anna").waits_since is None


def test_musician_says_how_they_wait(jam: Jam) -> None:
    join(jam)
    changes: dict[str, Any] = {"sits_out": True, "leaves_at": "23:10", "is_new": True}
    assert guest_actions.change_my_waiting(jam=jam, browser=BROWSER, now=NOW, **changes)
    assert not guest_actions.change_my_waiting(jam=jam, browser=BROWSER, now=NOW, **changes)
    ana = Attendee.objects.get()
    assert (ana.sits_out, ana.is_new, ana.leaves_at, ana.waits_since) == (
        *(True, True),
        *(read_night_time(jam, "23:10"), NOW),
    )
    assert Event.objects.filter(verb__in=["sit_out", "set_leaving", "set_first_time"]).count() == 3


def test_musician_says_what_they_mainly_play(jam: Jam) -> None:
    join(jam, plays=("vocals", "guitar", "bass"))
    assert guest_actions.change_my_waiting(jam=jam, browser=BROWSER, main="bass", now=NOW)
    assert Attendee.objects.get().plays == ["bass", "vocals", "guitar"]
    assert not guest_actions.change_my_waiting(jam=jam, browser=BROWSER, main="bass", now=NOW)
    with pytest.raises(Invalid, match="that you play"):
        guest_actions.change_my_waiting(jam=jam, browser=BROWSER, main="drums", now=NOW)


def test_listener_cannot_wait(jam: Jam) -> None:
    with pytest.raises(Forbidden):
        guest_actions.change_my_waiting(jam=jam, browser=BROWSER, waits=True, now=NOW)


def test_musician_without_an_instrument_cannot_wait(jam: Jam) -> None:
    join(jam, plays=())
    with pytest.raises(Conflict, match="what Ana plays"):
        guest_actions.change_my_waiting(jam=jam, browser=BROWSER, waits=True, now=NOW)


@pytest.mark.parametrize("values", [{"sign_ups": "closed"}, {"status": JamStatus.ENDED}, {"format": Format.SONGS}])
def test_nobody_starts_to_wait_where_the_rules_forbid_it(jam: Jam, values: dict[str, str]) -> None:
    join(jam)
    guest_actions.change_my_waiting(jam=jam, browser=BROWSER, waits=False, now=NOW)
    changed = {**values, **({"ended_at": NOW} if "status" in values else {})}
    Jam.objects.filter(pk=jam.pk).update(**changed)
    jam.refresh_from_db()
    with pytest.raises(Conflict):
        guest_actions.change_my_waiting(jam=jam, browser=BROWSER, waits=True, now=NOW)


def test_host_adds_a_person_without_a_phone(jam: Jam, host: User) -> None:
    what: dict[str, Any] = {"jam": jam, "name": "Walter", "plays": "bass, vocals", "user": host, "now": NOW}
    event = waiting_list.add_person(**what)
    assert event is not None
    assert waiting_list.add_person(**what) is None
    walter = Attendee.objects.get()
    assert (walter.plays, walter.waits_since, walter.browser) == (["bass", "vocals"], NOW, None)
    undo_event(event=event, user=host, now=NOW)
    assert not Attendee.objects.exists()


def test_undo_of_an_added_person_keeps_who_is_in_a_band_by_now(jam: Jam, host: User) -> None:
    event = waiting_list.add_person(jam=jam, name="Walter", plays="bass", user=host, now=NOW)
    assert event is not None
    call_band(jam=jam, seats="bass: Walter", user=host, now=NOW)
    undo_event(event=event, user=host, now=NOW)
    assert Attendee.objects.get().waits_since is None


def test_person_typed_in_by_the_host_with_the_name_of_a_phone_is_refused(jam: Jam, host: User) -> None:
    join(jam)
    with pytest.raises(NameTaken):
        waiting_list.add_person(jam=jam, name="ana", plays="bass", user=host, now=NOW)


def test_phone_with_the_name_of_a_person_typed_in_gets_another_name(jam: Jam, host: User) -> None:
    waiting_list.add_person(jam=jam, name="Ana", plays="bass", user=host, now=NOW)
    with pytest.raises(NameTaken):
        join(jam)
    assert Attendee.objects.count() == 1


@pytest.mark.parametrize(("name", "plays"), [("", "bass"), ("Walter", ""), ("Walter", "bassoonist")])
def test_person_without_name_or_instrument_is_refused(jam: Jam, host: User, name: str, plays: str) -> None:
    with pytest.raises(Invalid):
        waiting_list.add_person(jam=jam, name=name, plays=plays, user=host, now=NOW)


ACTS: list[tuple[str, dict[str, Any]]] = [
    ("stop_waiting", {}),
    ("sit_out", {}),
    ("set_leaving", {"leaves_at": "22:30"}),
    ("set_first_time", {"is_new": True}),
    ("set_house_band", {"in_house_band": True}),
    ("set_plays", {"plays": "keys, drums"}),
]


@pytest.mark.parametrize(("act", "sent"), ACTS, ids=[act for act, _ in ACTS])
def test_host_says_it_for_a_musician_once_and_can_undo_it(jam: Jam, host: User, act: str, sent: dict[str, Any]) -> None:
    make_waiting(jam=jam, name="Ana", waits_since=NOW)
    before = list(Attendee.objects.values())
    events = [getattr(waiting_list, act)(jam=jam, name="ana", user=host, now=NOW, **sent) for _ in range(2)]
    assert events[1] is None
    assert list(Attendee.objects.values()) != before
    assert "Ana" in describe_event(events[0])
    undo_event(event=events[0], user=host, now=NOW)
    assert list(Attendee.objects.values()) == before


def test_undo_is_refused_when_the_musician_has_said_something_else_since(jam: Jam, host: User) -> None:
    join(jam)
    event = waiting_list.sit_out(jam=jam, name="Ana", user=host, now=NOW)
    assert event is not None
    guest_actions.change_my_waiting(jam=jam, browser=BROWSER, sits_out=False, now=NOW)
    with pytest.raises(Conflict, match="later changes"):
        undo_event(event=event, user=host, now=NOW)


def test_start_and_stop_of_waiting_and_coming_back(jam: Jam, host: User) -> None:
    make_waiting(jam=jam, name="Ana", waits_since=None, sits_out=True)
    what: dict[str, Any] = {"jam": jam, "name": "Ana", "user": host, "now": NOW}
    assert waiting_list.start_waiting(**what) is not None
    assert waiting_list.start_waiting(**{**what, "now": NOW + timedelta(minutes=5)}) is None
    assert waiting_list.come_back(**what) is not None
    ana = Attendee.objects.get()
    assert (ana.waits_since, ana.sits_out) == (NOW, False)


def test_musician_without_instruments_leaves_the_list(jam: Jam, host: User) -> None:
    make_waiting(jam=jam, name="Ana", waits_since=NOW)
    event = waiting_list.set_plays(jam=jam, name="Ana", plays="", user=host, now=NOW)
    assert event is not None
    assert Attendee.objects.get().waits_since is None
    undo_event(event=event, user=host, now=NOW)
    assert Attendee.objects.get().waits_since == NOW


def test_host_can_only_speak_for_musicians_who_are_here(jam: Jam, host: User) -> None:
    make_attendee(jam=jam, name="Gone", left_at=NOW)
    with pytest.raises(NotFound):
        waiting_list.sit_out(jam=jam, name="Gone", user=host, now=NOW)


def test_whoever_leaves_is_off_the_list_and_out_of_the_house_band(jam: Jam) -> None:
    ana = make_waiting(jam=jam, name="Ana", in_house_band=True, sits_out=True)
    make_band(jam=jam, people={ana: "bass"}, status=BandStatus.PLAYED)
    leave_musicians(jam=jam, attendee=ana, now=NOW)
    ana.refresh_from_db()
    assert (ana.name, ana.left_at, ana.waits_since, ana.in_house_band, ana.sits_out) == ("Ana", NOW, None, False, False)


def test_renamed_musician_keeps_the_place(jam: Jam, host: User) -> None:
    ana = join(jam)
    rename_person(jam=jam, name="Ana", to="Anna", user=host, now=NOW)
    assert Attendee.objects.get(pk=ana.pk).waits_since == NOW


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("22:30", datetime(2026, 7, 3, 20, 30, tzinfo=UTC)),
        ("0:15", datetime(2026, 7, 3, 22, 15, tzinfo=UTC)),  # after midnight
        ("19:30", datetime(2026, 7, 4, 17, 30, tzinfo=UTC)),  # before the start: the next one
        ("2026-07-03T21:00:00+00:00", datetime(2026, 7, 3, 21, tzinfo=UTC)),
    ],
)
def test_time_of_a_night_is_read_on_the_clock_of_the_venue(text: str, expected: datetime | None) -> None:
    start = datetime(2026, 7, 3, 20, tzinfo=ZoneInfo("Europe/Berlin"))
    jam = make_jam(venue=make_venue(time_zone="Europe/Berlin"), starts_at=start)
    assert read_night_time(jam, text) == expected


@pytest.mark.parametrize(
    ("at", "status", "text", "expected"),
    [
        ("18:30", "live", "19:30", "3 19:30"),  # opened an hour and a half early
        ("18:30", "paused", "19:30", "3 19:30"),
        ("18:30", "live", "18:15", "3 18:15"),  # had to leave already
        ("18:30", "live", "00:30", "4 00:30"),
        ("18:30", "scheduled", "19:30", "4 19:30"),
        ("20:30", "live", "19:30", "4 19:30"),
        ("20:30", "live", "20:15", "3 20:15"),
    ],
)
def test_time_to_leave_a_night_that_was_opened_early_is_tonight(at: str, status: str, text: str, expected: str) -> None:
    zone = ZoneInfo("Europe/Berlin")
    start = datetime(2026, 7, 3, 20, tzinfo=zone)
    now = start.replace(hour=int(at[:2]), minute=int(at[3:]))
    jam = make_jam(venue=make_venue(time_zone="Europe/Berlin"), starts_at=start, format=Format.BANDS, status=status)
    ana = make_waiting(jam=jam, name="Ana", plays=["bass"])
    waiting_list.change_my_waiting(jam=jam, attendee=ana, leaves_at=text, now=now)
    ana.refresh_from_db()
    assert ana.leaves_at
    assert f"{ana.leaves_at.astimezone(zone):%-d %H:%M}" == expected


@pytest.mark.parametrize("text", ["25:00", "late", "22.30", "2026-07-03T21:00:00", "٢٢:٣٠"])
def test_text_that_is_no_time_is_refused(jam: Jam, text: str) -> None:
    with pytest.raises(Invalid, match=r"22:30"):
        read_night_time(jam, text)


def propose(jam: Jam) -> str:
    return write_seats(read_bands(jam, now=NOW).proposal)


def wait(jam: Jam, *people: tuple[str, str]) -> None:
    for number, (name, part) in enumerate(people):
        make_waiting(jam=jam, name=name, plays=[part], waits_since=NOW - timedelta(minutes=90 - number))


def test_proposal_fills_the_stage_from_the_waiting_list(jam: Jam) -> None:
    wait(jam, ("Ana", "vocals"), ("Ben", "bass"), ("Otis", "drums"), ("Priya", "guitar"), ("Zoe", "guitar"))
    Jam.objects.update(stage_plan=[{"part": part} for part in ("vocals", "guitar", "bass", "drums")])
    jam.refresh_from_db()
    assert propose(jam) == "vocals: Ana\nguitar: Priya\nbass: Ben\ndrums: Otis"


def test_proposal_leaves_a_place_free_when_nobody_plays_drums(jam: Jam) -> None:
    wait(jam, ("Ana", "vocals"), ("Ben", "bass"))
    free = [seat for seat in read_bands(jam, now=NOW).proposal if seat.person is None]
    assert {seat.need for seat in free} == {"guitar", "drums"}
    assert "nobody is free to play drums" in [seat.describe() for seat in free]


def test_one_drummer_plays_all_night(jam: Jam, host: User) -> None:
    wait(jam, ("Otis", "drums"), *((f"Singer {number}", "vocals") for number in range(6)))
    for number in range(5):
        board = read_bands(jam, now=NOW)
        assert "drums: Otis" in write_seats(board.proposal)
        seen = board.last_called.pk if board.last_called else None
        band = call_band(jam=jam, seats=write_seats(board.proposal), seen=seen, user=host, now=NOW)
        assert band is not None, number
        jam.bands.filter(status=BandStatus.ON_STAGE).update(status=BandStatus.PLAYED, finished_at=NOW)
        jam.bands.filter(status=BandStatus.CALLED).update(status=BandStatus.ON_STAGE, started_at=NOW)
    singers = jam.bands.filter(seats__instrument="vocals").values_list("seats__attendee__name", flat=True)
    assert len({name for name in singers if name != "Otis"}) == 5


def test_forty_guitarists_get_one_turn_each_before_a_second(jam: Jam, host: User) -> None:
    wait(jam, *((f"Guitarist {number:02}", "guitar") for number in range(40)))
    Jam.objects.update(stage_plan=[{"part": "guitar", "count": 2, "optional": False}])
    jam.refresh_from_db()
    for _turn in range(20):
        pair = [seat.person.pk for seat in read_bands(jam, now=NOW).proposal if seat.person]
        people = dict.fromkeys(Attendee.objects.filter(pk__in=pair), "guitar")
        make_band(jam=jam, people=people, status=BandStatus.PLAYED)
    turns = [one.person.turns for one in read_bands(jam, now=NOW).candidates]
    assert turns == [1] * 40


def test_nobody_is_proposed_when_everybody_has_left_or_sits_out(jam: Jam) -> None:
    make_waiting(jam=jam, name="Ana", sits_out=True)
    make_waiting(jam=jam, name="Ben", leaves_at=NOW - timedelta(minutes=1))
    assert propose(jam) == ""


def test_somebody_in_a_called_band_is_not_proposed_again(jam: Jam, host: User) -> None:
    wait(jam, ("Ana", "vocals"), ("Mia", "vocals"))
    call_band(jam=jam, seats="vocals: Ana", user=host, now=NOW)
    board = read_bands(jam, now=NOW)
    assert write_seats(board.proposal) == "vocals: Mia"
    assert [one.person.name for one in board.waiting] == ["Mia"]


def test_proposal_can_be_called_as_it_is(jam: Jam, host: User) -> None:
    wait(jam, ("Ana", "vocals"), ("Ben", "bass"))
    assert call_band(jam=jam, seats=read_bands(jam, now=NOW).proposed_seats, user=host, now=NOW) is not None
    assert jam.bands.get().seats.count() == 2


def test_alternatives_name_the_band_with_somebody_else(jam: Jam) -> None:
    wait(jam, ("Ana", "vocals"), ("Ben", "bass"), ("Mia", "vocals"))
    choice = next(choice for choice in read_bands(jam, now=NOW).choices if choice.seat.need == "vocals")
    assert [(other.person and other.person.name, seats) for other, seats in choice.others] == [
        ("Mia", "vocals: Mia\nbass: Ben")
    ]


def test_board_takes_the_same_queries_for_forty_people(jam: Jam, django_assert_num_queries: Any) -> None:
    wait(jam, *((f"Guitarist {number:02}", "guitar") for number in range(40)))
    for person in Attendee.objects.all()[:10]:
        make_band(jam=jam, people={person: "guitar"}, status=BandStatus.PLAYED)
    with django_assert_num_queries(3):
        assert read_bands(jam, now=NOW).choices


@pytest.mark.parametrize("act", ["start_waiting", "add_person"])
def test_song_list_has_no_waiting_list(host: User, act: str) -> None:
    jam = make_jam()
    make_waiting(jam=jam, name="Ana", waits_since=None)
    sent = {"name": "Walter", "plays": "bass"} if act == "add_person" else {"name": "Ana"}
    with pytest.raises(ActionError, match="no waiting list"):
        getattr(waiting_list, act)(jam=jam, user=host, now=NOW, **sent)
