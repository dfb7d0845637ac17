from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.exceptions import ActionError
from core.http.statuses import get_status
from jams.models import Attendee, EntryStatus, Event, Jam, JamStatus, Performance
from jams.services.membership import NameTaken, join_as_musician, leave_musicians
from songs.parts import Part
from tests.builders import make_attendee, make_entry, make_jam, make_performance, make_vote

pytestmark = pytest.mark.django_db
NOW = timezone.now()
PLAYED: dict[str, Any] = {"status": EntryStatus.PLAYED, "started_at": NOW - timedelta(minutes=9), "finished_at": NOW}


def names_at(jam: Jam) -> list[str]:
    return list(Attendee.objects.filter(jam=jam).order_by("pk").values_list("name", flat=True))


def test_join_makes_a_listener_a_musician() -> None:
    listener = make_attendee()
    assert join_as_musician(jam=listener.jam, attendee=listener, name=" Dana \t K. ", plays=["bass", "vocals"], now=NOW)
    listener.refresh_from_db()
    assert (listener.name, listener.plays, listener.is_musician) == ("Dana K.", ["bass", "vocals"], True)


def test_join_is_idempotent() -> None:
    listener = make_attendee()
    changed = [join_as_musician(jam=listener.jam, attendee=listener, name="Dana", now=NOW) for _ in range(2)]
    assert changed == [True, False]
    assert list(Event.objects.values_list("verb", "attendee", "data")) == [("join", listener.pk, {"name": "Dana"})]


def test_join_again_renames_the_musician() -> None:
    musician = make_attendee(name="Dana")
    join_as_musician(jam=musician.jam, attendee=musician, name="dana", now=NOW)
    join_as_musician(jam=musician.jam, attendee=musician, name="Dee", now=NOW)
    assert names_at(musician.jam) == ["Dee"]
    events = [(event.verb, event.data) for event in Event.objects.order_by("pk")]
    assert events[-1] == ("rename", {"name": "Dee", "from": "dana", "to": "Dee"})


@pytest.mark.parametrize("name", ["Sam", "sam", "SÁM", " sam "])
def test_join_refuses_a_taken_name(name: str) -> None:
    sam = make_attendee(name="Sam")
    other = make_attendee(jam=sam.jam)
    with pytest.raises(NameTaken) as refusal:
        join_as_musician(jam=sam.jam, attendee=other, name=name, now=NOW)
    assert get_status(refusal.value) == 409
    assert names_at(sam.jam) == ["Sam", ""]
    assert Event.objects.count() == 0


@pytest.mark.parametrize(
    ("others", "name", "free"),
    [
        ([], "Sam", ["Sam K.", "Sam 2"]),
        (["sam k.", "SAM 2"], "Sam", ["Sam M.", "Sam 3"]),
        ([], "Sam Reed", ["Sam R.", "Sam Reed 2"]),
        (["Sam R."], "Sam Reed", ["Sam Reed 2"]),
    ],
)
def test_name_taken_offers_free_names(others: list[str], name: str, free: list[str]) -> None:
    jam = make_jam()
    for taken in (name, *others):
        make_attendee(jam=jam, name=taken)
    with pytest.raises(NameTaken, match=f"{free[0]} is free") as refusal:
        join_as_musician(jam=jam, attendee=make_attendee(jam=jam), name=name, now=NOW)
    assert refusal.value.free == free
    for number, offer in enumerate(free, start=1):
        assert join_as_musician(jam=jam, attendee=make_attendee(jam=jam), name=offer, now=NOW), number


def test_name_taken_offers_names_within_the_limit() -> None:
    sam = make_attendee(name="S" * 60)
    with pytest.raises(NameTaken) as refusal:
        join_as_musician(jam=sam.jam, attendee=make_attendee(jam=sam.jam), name="s" * 60, now=NOW)
    assert [len(name) <= 60 for name in refusal.value.free] == [True, True]


def test_name_can_be_used_at_two_jams() -> None:
    make_attendee(name="Sam")
    other = make_attendee()
    assert join_as_musician(jam=other.jam, attendee=other, name="Sam", now=NOW)


@pytest.mark.parametrize("name", ["", "  ", "\u202e", "\u0301", "x" * 61])
def test_join_refuses_an_invalid_name(name: str) -> None:
    listener = make_attendee()
    with pytest.raises(ActionError) as refusal:
        join_as_musician(jam=listener.jam, attendee=listener, name=name, now=NOW)
    assert (get_status(refusal.value), names_at(listener.jam)) == (400, [""])


def test_join_refuses_an_unknown_part() -> None:
    listener = make_attendee()
    with pytest.raises(ActionError) as refusal:
        join_as_musician(jam=listener.jam, attendee=listener, name="Dana", plays=["kazoo"], now=NOW)
    assert (get_status(refusal.value), names_at(listener.jam)) == (400, [""])


def test_join_and_leave_are_refused_after_the_end() -> None:
    musician = make_attendee(name="Dana", jam=make_jam(status=JamStatus.ENDED))
    for act in (
        lambda: join_as_musician(jam=musician.jam, attendee=musician, name="Dee", now=NOW),
        lambda: left(musician),
    ):
        with pytest.raises(ActionError, match="This jam has ended"):
            act()
    assert names_at(musician.jam) == ["Dana"]


def test_join_and_leave_refuse_an_attendee_of_another_jam() -> None:
    musician, elsewhere = make_attendee(name="Dana"), make_jam()
    for act in (join_as_musician, leave_musicians):
        with pytest.raises(ActionError) as refusal:
            act(jam=elsewhere, attendee=musician, now=NOW, **({"name": "Dee"} if act is join_as_musician else {}))
        assert get_status(refusal.value) == 404
    assert names_at(musician.jam) == ["Dana"]


def left(musician: Attendee) -> bool:
    return leave_musicians(jam=musician.jam, attendee=musician, now=NOW)


def test_leave_cancels_sign_ups_and_keeps_votes() -> None:
    musician = make_attendee(name="Dana")
    for status in (EntryStatus.QUEUED, EntryStatus.SUGGESTED):
        make_performance(entry=make_entry(jam=musician.jam, status=status), attendee=musician)
    vote = make_vote(attendee=musician)
    assert [left(musician), left(musician)] == [True, False]
    musician.refresh_from_db()
    assert (musician.name, musician.is_musician, Performance.objects.count()) == ("", False, 0)
    assert list(musician.votes.all()) == [vote]


def test_leave_after_a_turn_keeps_the_name_for_the_history() -> None:
    musician = make_attendee(name="Dana")
    turn = make_performance(entry=make_entry(jam=musician.jam, **PLAYED), attendee=musician)
    left(musician)
    musician.refresh_from_db(fields=["name", "left_at"])
    assert (musician.name, musician.is_musician, list(Performance.objects.all())) == ("Dana", False, [turn])
    assert join_as_musician(jam=musician.jam, attendee=musician, name="Dana", plays=[Part.BASS], now=NOW)
    assert musician.is_musician


def test_leave_without_a_turn_frees_the_name() -> None:
    musician = make_attendee(name="Dana")
    left(musician)
    other = make_attendee(jam=musician.jam)
    assert join_as_musician(jam=musician.jam, attendee=other, name="Dana", now=NOW)
