"""Somebody is wanted: who is asked, who gets the place, and what ends a question."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from core.exceptions import ActionError, Conflict, Forbidden, Invalid, NotFound
from jams.models import (
    Answer,
    Attendee,
    Band,
    BandStatus,
    EntryStatus,
    Event,
    Format,
    Jam,
    JamStatus,
    Performance,
    Question,
    Recipient,
    Seat,
)
from jams.services.bands import change_seat, drop_band, leave_band, start_band
from jams.services.device_transfer import create_move_code, move_to_device
from jams.services.event_log import describe_event
from jams.services.guest_actions import answer_question as answer_from_phone
from jams.services.host_people import remove_person, rename_person
from jams.services.jam_status import end_jam
from jams.services.membership import leave_musicians
from jams.services.privacy import forget_attendee
from jams.services.questions import answer_question, ask_players, stop_asking
from jams.services.stage import start_song
from jams.services.undo import undo_event
from tests.builders import (
    make_attendee,
    make_band,
    make_entry,
    make_jam,
    make_performance,
    make_song,
    make_user,
    make_waiting,
)
from tests.hosts import browser_of, make_host

pytestmark = pytest.mark.django_db
NOW = timezone.now().replace(microsecond=0)
PLAN = [{"part": "vocals"}, {"part": "bass"}, {"part": "keys", "optional": True}]


@pytest.fixture
def host() -> User:
    return make_user(username="hannah")


@pytest.fixture
def jam() -> Jam:
    """A jam with two bassists who are free, and a singer whose band lacks a bass."""
    jam = make_jam(format=Format.BANDS, stage_plan=PLAN)
    for name, part in (("Ana", "vocals"), ("Ben", "bass"), ("Cleo", "bass"), ("Otis", "drums")):
        make_waiting(jam=jam, name=name, plays=[part])
    make_band(jam=jam, people={find(jam, "Ana"): "vocals"})
    return jam


def find(jam: Jam, name: str) -> Attendee:
    return jam.attendees.get(name=name)


def ask(jam: Jam, host: User, instrument: str = "bass", **about: Any) -> Event:
    about = about or {"band": Band.objects.latest("pk").pk}
    event = ask_players(jam=jam, instrument=instrument, user=host, now=NOW, **about)
    assert event is not None
    return event


def say(jam: Jam, name: str, *, yes: bool = True, now: Any = NOW) -> bool:
    question = Question.objects.latest("pk").pk
    return answer_question(jam=jam, attendee=find(jam, name), question=question, says_yes=yes, now=now)


def asked() -> set[str]:
    return set(Recipient.objects.values_list("attendee__name", flat=True))


def seats(band: Band | None = None) -> dict[str, str]:
    band = band or Band.objects.latest("pk")
    return dict(Seat.objects.filter(band=band).values_list("attendee__name", "instrument"))


def test_free_players_are_asked_and_the_first_yes_gets_the_seat(jam: Jam, host: User) -> None:
    event = ask(jam, host)
    assert describe_event(event) == "hannah asked for bass (phones: 2)"
    assert asked() == {"Ben", "Cleo"}
    assert say(jam, "Ben")
    assert seats() == {"Ana": "vocals", "Ben": "bass"}
    with pytest.raises(Conflict, match="Somebody else was faster: bass is taken"):
        say(jam, "Cleo")
    assert describe_event(Event.objects.select_related("user").latest("pk")) == "Ben said yes: bass"


def test_whoever_is_busy_or_away_is_not_asked(jam: Jam, host: User) -> None:
    wanted = Band.objects.get()
    on_stage, coming, on_deck, playing = (
        make_waiting(jam=jam, name=name, plays=["bass"]) for name in ("Stage", "Coming", "Deck", "Playing")
    )
    make_band(jam=jam, people={on_stage: "bass"}, status=BandStatus.ON_STAGE)
    make_band(jam=jam, people={coming: "bass"}, status=BandStatus.CALLED)
    deck = make_entry(jam=jam, status=EntryStatus.ON_DECK, on_deck_at=NOW)
    make_performance(entry=deck, attendee=on_deck)
    make_performance(entry=make_entry(jam=jam, status=EntryStatus.PLAYING, started_at=NOW), attendee=playing)
    make_waiting(jam=jam, name="Out", plays=["bass"], sits_out=True)
    make_waiting(jam=jam, name="Gone", plays=["bass"], leaves_at=NOW - timedelta(minutes=1))
    make_waiting(jam=jam, name="No phone", plays=["bass"], browser=None)
    make_attendee(jam=jam, name="Left", plays=["bass"], left_at=NOW)
    make_attendee(jam=jam, plays=["bass"])
    make_attendee(jam=make_jam(), name="Elsewhere", plays=["bass"])
    make_attendee(jam=jam, name="Not waiting", plays=["guitar", "upright-bass"])
    ask(jam, host, band=wanted.pk)
    assert asked() == {"Ben", "Cleo", "Not waiting"}


def test_player_of_another_kind_takes_the_seat_with_it(jam: Jam, host: User) -> None:
    make_attendee(jam=jam, name="Dora", plays=["guitar", "upright-bass"])
    ask(jam, host)
    say(jam, "Dora")
    assert seats()["Dora"] == "upright-bass"


def test_asking_twice_asks_once(jam: Jam, host: User) -> None:
    ask(jam, host)
    assert ask_players(jam=jam, instrument="bass", band=Band.objects.get().pk, user=host, now=NOW) is None
    assert (Question.objects.count(), Recipient.objects.count()) == (1, 2)


def test_asking_from_the_proposal_forms_the_band_first(jam: Jam, host: User) -> None:
    Band.objects.all().delete()
    event = ask(jam, host, seats="vocals: Ana")
    assert seats() == {"Ana": "vocals"}
    undo_event(event=event, user=host, now=NOW)
    assert not Band.objects.exists()
    assert not Question.objects.exists()


@pytest.mark.parametrize(
    ("instrument", "about", "refusal"),
    [
        ("bassoonist", {"band": 0}, Invalid),
        ("bass", {"band": 0}, NotFound),
        ("bass", {"seats": "vocals: Nobody"}, NotFound),
        ("bass", {}, Invalid),
        ("vocals", "band", Conflict),
        ("keys", "band", Conflict),
    ],
)
def test_wrong_question_is_refused(
    jam: Jam, host: User, instrument: str, about: Any, refusal: type[ActionError]
) -> None:
    about = {"band": Band.objects.get().pk} if about == "band" else about
    with pytest.raises(refusal):
        ask_players(jam=jam, instrument=instrument, user=host, now=NOW, **about)
    assert not Question.objects.exists()


def test_act_and_band_on_stage_are_not_asked_for(jam: Jam, host: User) -> None:
    act = make_band(jam=jam, name="The Otters")
    staged = make_band(jam=jam, people={find(jam, "Otis"): "drums"}, status=BandStatus.ON_STAGE)
    for band in (act, staged):
        with pytest.raises(Conflict):
            ask_players(jam=jam, instrument="bass", band=band.pk, user=host, now=NOW)
    assert not Question.objects.exists()


def test_act_without_a_name_is_not_asked_for() -> None:
    host = make_host()
    jam = make_jam(format=Format.OPEN_MIC, stage_plan=PLAN, hosts=(host,))
    rui = make_attendee(jam=jam, name="Rui", plays=["guitar"])
    act = make_band(jam=jam, people={rui: "guitar"})
    with pytest.raises(Conflict):
        ask_players(jam=jam, instrument="bass", band=act.pk, user=host, now=NOW)
    assert "Ask for" not in browser_of(host).get(f"/host/{jam.slug}/").text


def test_nobody_to_ask_is_a_question_for_the_screen(jam: Jam, host: User) -> None:
    jam.attendees.filter(name__in=["Ben", "Cleo"]).delete()
    assert describe_event(ask(jam, host)) == "hannah asked for bass (phones: 0)"
    assert Question.objects.count() == 1


def test_song_that_lacks_a_part_gets_it(host: User) -> None:
    jam = make_jam(sign_ups="closed")
    entry = make_entry(jam=jam, song=make_song(title="Valerie", parts=[{"part": "bass"}]))
    ben = make_attendee(jam=jam, name="Ben", plays=["bass"])
    event = ask(jam, host, entry=entry)
    assert event.data["song"] == "Valerie"
    assert say(jam, "Ben")
    assert list(Performance.objects.values_list("attendee", "part")) == [(ben.pk, "bass")]
    with pytest.raises(Conflict):
        ask_players(jam=jam, instrument="bass", entry=entry, user=host, now=NOW)


def test_song_of_a_band_night_takes_nobody(jam: Jam, host: User) -> None:
    entry = make_entry(jam=jam, song=make_song(parts=[{"part": "bass"}]))
    with pytest.raises(Conflict):
        ask_players(jam=jam, instrument="bass", entry=entry, user=host, now=NOW)
    assert not Question.objects.exists()


def test_yes_at_the_performing_limit_is_refused_and_another_can_still_play(host: User) -> None:
    jam = make_jam(performing_limit=1)
    entry = make_entry(jam=jam, song=make_song(parts=[{"part": "bass"}]))
    ben, _cleo = (make_attendee(jam=jam, name=name, plays=["bass"]) for name in ("Ben", "Cleo"))
    make_performance(entry=make_entry(jam=jam), attendee=ben)
    ask(jam, host, entry=entry)
    with pytest.raises(Conflict, match="limit of songs per musician"):
        say(jam, "Ben")
    assert say(jam, "Cleo")
    assert Performance.objects.get(entry=entry).attendee_id == find(jam, "Cleo").pk


def test_not_now_is_counted_and_can_become_a_yes(jam: Jam, host: User) -> None:
    ask(jam, host)
    assert say(jam, "Ben", yes=False)
    assert not say(jam, "Ben", yes=False)
    assert describe_event(Event.objects.select_related("user").latest("pk")) == "Ben said not now: bass"
    assert say(jam, "Ben")
    assert not say(jam, "Ben")
    assert not say(jam, "Ben", yes=False)
    assert seats()["Ben"] == "bass"


def test_somebody_who_was_not_asked_has_nothing_to_answer(jam: Jam, host: User) -> None:
    ask(jam, host)
    with pytest.raises(NotFound):
        say(jam, "Otis")
    with pytest.raises(Forbidden):
        answer_from_phone(jam=jam, browser="stranger", question=Question.objects.get().pk, says_yes=True, now=NOW)
    assert seats() == {"Ana": "vocals"}


def fill_by_hand(jam: Jam, host: User) -> None:
    band = Band.objects.get()
    change_seat(jam=jam, band=band.pk, to="Cleo", instrument="bass", user=host, now=NOW)


def put_on_stage(jam: Jam, host: User) -> None:
    start_band(jam=jam, band=Band.objects.get().pk, user=host, now=NOW)


def withdraw(jam: Jam, host: User) -> None:
    stop_asking(jam=jam, question=Question.objects.get().pk, user=host, now=NOW)


def drop(jam: Jam, host: User) -> None:
    drop_band(jam=jam, band=Band.objects.get().pk, user=host, now=NOW)


def end(jam: Jam, host: User) -> None:
    end_jam(jam=jam, user=host, now=NOW)


@pytest.mark.parametrize("change", [fill_by_hand, put_on_stage, withdraw, drop, end])
def test_late_yes_is_refused_and_changes_nothing(jam: Jam, host: User, change: Callable[[Jam, User], None]) -> None:
    ask(jam, host)
    change(jam, host)
    before = seats()
    with pytest.raises(Conflict):
        say(jam, "Ben")
    assert seats() == before
    assert not Recipient.objects.filter(answer=Answer.YES).exists()


def test_yes_of_somebody_who_has_been_seated_elsewhere_is_refused(jam: Jam, host: User) -> None:
    ask(jam, host)
    make_band(jam=jam, people={find(jam, "Ben"): "bass"}, status=BandStatus.CALLED)
    with pytest.raises(Conflict, match="Ben is in another band"):
        say(jam, "Ben")
    assert not Recipient.objects.filter(answer=Answer.YES).exists()


def test_place_that_is_given_back_can_be_asked_for_again(jam: Jam, host: User) -> None:
    ask(jam, host)
    say(jam, "Ben")
    leave_band(jam=jam, attendee=find(jam, "Ben"), now=NOW)
    ask(jam, host)
    assert say(jam, "Cleo")
    assert seats() == {"Ana": "vocals", "Cleo": "bass"}


def test_question_follows_a_musician_who_is_renamed_or_moves(jam: Jam, host: User) -> None:
    ask(jam, host)
    rename_person(jam=jam, name="Ben", to="Benny", user=host, now=NOW)
    code = create_move_code(attendee=find(jam, "Benny"), now=NOW)
    move_to_device(jam=jam, code=code, browser="new phone", now=NOW)
    question = Question.objects.get().pk
    assert answer_from_phone(jam=jam, browser="new phone", question=question, says_yes=True, now=NOW)
    assert seats()["Benny"] == "bass"


def test_whoever_goes_is_asked_nothing_any_more(jam: Jam, host: User) -> None:
    ask(jam, host)
    remove_person(jam=jam, name="Ben", user=host, now=NOW)
    assert asked() == {"Cleo"}
    leave_musicians(jam=jam, attendee=find(jam, "Cleo"), now=NOW)
    assert asked() == set()


@pytest.mark.parametrize("status", [JamStatus.LIVE, JamStatus.ENDED])
def test_answers_are_forgotten_with_the_person(jam: Jam, host: User, status: JamStatus) -> None:
    ask(jam, host)
    say(jam, "Ben")
    jam.status = status
    jam.save()
    forget_attendee(jam=jam, attendee=find(jam, "Ben"), now=NOW)
    assert asked() == {"Cleo"}


def test_undo_takes_a_question_back_until_somebody_said_yes(jam: Jam, host: User) -> None:
    event = ask(jam, host)
    say(jam, "Cleo", yes=False)
    undo_event(event=event, user=host, now=NOW)
    assert not Question.objects.exists()
    event = ask(jam, host)
    say(jam, "Ben")
    with pytest.raises(Conflict):
        undo_event(event=event, user=host, now=NOW)
    assert seats()["Ben"] == "bass"


def test_undo_asks_again_what_was_withdrawn(jam: Jam, host: User) -> None:
    ask(jam, host)
    question = Question.objects.get().pk
    event = stop_asking(jam=jam, question=question, user=host, now=NOW)
    assert event is not None
    assert describe_event(event) == "hannah stopped asking for bass"
    assert stop_asking(jam=jam, question=question, user=host, now=NOW) is None
    again = undo_event(event=event, user=host, now=NOW)
    assert "bass" in describe_event(again)
    assert say(jam, "Ben")
    with pytest.raises(Conflict, match="said yes already"):
        stop_asking(jam=jam, question=question, user=host, now=NOW)


def test_undo_of_a_withdrawal_is_refused_while_the_same_is_asked(jam: Jam, host: User) -> None:
    ask(jam, host)
    event = stop_asking(jam=jam, question=Question.objects.get().pk, user=host, now=NOW)
    ask(jam, host)
    assert event is not None
    with pytest.raises(Conflict):
        undo_event(event=event, user=host, now=NOW)
    assert Question.objects.filter(withdrawn_at=None).count() == 1


def test_question_of_another_jam_is_not_found(jam: Jam, host: User) -> None:
    ask(jam, host)
    with pytest.raises(NotFound):
        stop_asking(jam=make_jam(), question=Question.objects.get().pk, user=host, now=NOW)
    assert Question.objects.get().withdrawn_at is None


def test_song_on_stage_is_too_late_for_a_yes(host: User) -> None:
    jam = make_jam()
    entry = make_entry(jam=jam, song=make_song(parts=[{"part": "bass"}]))
    make_attendee(jam=jam, name="Ben", plays=["bass"])
    ask(jam, host, entry=entry)
    start_song(jam=jam, entry=entry, seen=None, user=host, now=NOW)
    with pytest.raises(Conflict):
        say(jam, "Ben")
    assert not Performance.objects.exists()


def test_constraint_lets_one_yes_through(jam: Jam, host: User) -> None:
    ask(jam, host)
    first, second = Recipient.objects.order_by("pk")
    Recipient.objects.filter(pk=first.pk).update(answer=Answer.YES)
    with pytest.raises(IntegrityError), transaction.atomic():
        Recipient.objects.filter(pk=second.pk).update(answer=Answer.YES)
    with pytest.raises(IntegrityError), transaction.atomic():
        Question.objects.create(jam=jam, band=Band.objects.get(), instrument="bass")
