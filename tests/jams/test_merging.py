"""The same person typed in by a host and joined by phone: everything goes to the phone, and undo takes it apart."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from core.exceptions import ActionError, Conflict, NotFound
from jams.models import Attendee, Band, BandStatus, EntryStatus, Event, Format, Jam, Performance, Seat
from jams.services.event_log import describe_event
from jams.services.host_people import add_walk_up
from jams.services.merging import merge_person
from jams.services.privacy import forget_attendee
from jams.services.undo import undo_event
from jams.services.waiting_list import add_person
from tests.builders import make_band, make_entry, make_jam, make_performance, make_user, make_waiting
from tests.hosts import browser_of, make_host

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def ago(minutes: int) -> Any:
    return NOW - timedelta(minutes=minutes)


@pytest.fixture
def host() -> User:
    return make_user(username="hannah")


@pytest.fixture
def jam() -> Jam:
    return make_jam(format=Format.BANDS, slug="friday")


def pair(jam: Jam, **values: Any) -> tuple[Attendee, Attendee]:
    """Ana as the host typed her in, and as she joined by phone later."""
    typed = make_waiting(jam=jam, name="Ana", plays=["bass"], waits_since=ago(60), browser=None, **values)
    return typed, make_waiting(jam=jam, name="Ana K.", plays=["vocals", "bass"], waits_since=ago(10))


def merge(jam: Jam, user: User) -> Event:
    return merge_person(jam=jam, name="Ana", to="ana k.", user=user, now=NOW)


def rows() -> list[Any]:
    """All that merging changes; the person who is made again by undo has another id."""
    people = {person.pk: person.name for person in Attendee.objects.all()}
    told: list[Any] = [list(Attendee.objects.order_by("name").values("name", "plays", "waits_since", "is_new"))]
    told.append(sorted((people[seat.attendee_id], seat.band_id, seat.instrument) for seat in Seat.objects.all()))
    told.append(sorted((people[one.attendee_id], one.entry_id, one.part) for one in Performance.objects.all()))
    told.append(list(Band.objects.order_by("pk").values_list("pk", "status")))
    return told


def test_phone_takes_over_seats_songs_and_the_longer_wait(jam: Jam, host: User) -> None:
    typed, phone = pair(jam, is_new=True)
    band = make_band(jam=jam, people={typed: "bass"}, status=BandStatus.CALLED)
    entry = make_entry(jam=jam)
    make_performance(entry=entry, attendee=typed, part="bass")
    before = rows()
    event = merge(jam, host)
    phone.refresh_from_db()
    assert (phone.name, phone.plays, phone.waits_since, phone.is_new) == ("Ana K.", ["vocals", "bass"], ago(60), True)
    assert (band.seats.get().attendee_id, entry.performances.get().attendee_id) == (phone.pk, phone.pk)
    assert not Attendee.objects.filter(name="Ana").exists()
    assert describe_event(event) == "hannah merged Ana with Ana K."
    undo_event(event=event, user=host, now=NOW)
    assert rows() == before


def test_whoever_has_played_waits_since_then(jam: Jam, host: User) -> None:
    typed, phone = pair(jam)
    times = {"started_at": ago(40), "finished_at": ago(25)}
    make_band(jam=jam, people={typed: "bass"}, status=BandStatus.PLAYED, **times)
    merge(jam, host)
    phone.refresh_from_db()
    assert phone.waits_since == ago(25)


def test_one_person_keeps_one_place_in_a_band_and_a_song(jam: Jam, host: User) -> None:
    typed, phone = pair(jam)
    band = make_band(jam=jam, people={typed: "bass", phone: "vocals"})
    for person in (typed, phone):
        make_performance(entry=make_entry(jam=jam) if person == typed else jam.entries.get(), attendee=person)
    before = rows()
    event = merge(jam, host)
    assert [seat.instrument for seat in band.seats.all()] == ["bass"]
    assert Performance.objects.count() == 1
    undo_event(event=event, user=host, now=NOW)
    assert rows() == before


def test_one_person_is_in_one_of_two_bands_that_are_about_to_play(jam: Jam, host: User) -> None:
    """The band that was called keeps her; the other, in which she was alone, is dropped."""
    typed, phone = pair(jam)
    alone = make_band(jam=jam, people={typed: "bass"}, place=1)
    called = make_band(jam=jam, people={phone: "vocals"}, status=BandStatus.CALLED, place=2)
    before = rows()
    event = merge(jam, host)
    alone.refresh_from_db()
    assert (alone.status, list(Seat.objects.values_list("band", "attendee"))) == (
        BandStatus.DROPPED,
        [(called.pk, phone.pk)],
    )
    undo_event(event=event, user=host, now=NOW)
    assert rows() == before


def test_second_of_two_hosts_learns_that_it_is_done(jam: Jam, host: User) -> None:
    pair(jam)
    merge(jam, host)
    with pytest.raises(NotFound):
        merge(jam, host)
    assert Event.objects.filter(verb="merge_person").count() == 1


@pytest.mark.parametrize(("name", "to"), [("Ana K.", "Ana"), ("Ana", "Ana"), ("Ana K.", "Ana K."), ("Ana", "Walter")])
def test_only_somebody_without_a_phone_becomes_one_with(jam: Jam, host: User, name: str, to: str) -> None:
    pair(jam)
    add_person(jam=jam, name="Walter", plays="bass", user=host, now=NOW)
    with pytest.raises(Conflict):
        merge_person(jam=jam, name=name, to=to, user=host, now=NOW)
    assert Attendee.objects.count() == 3


def test_undo_is_refused_once_somebody_else_has_the_name(jam: Jam, host: User) -> None:
    pair(jam)
    event = merge(jam, host)
    make_waiting(jam=jam, name="Ana")
    with pytest.raises(ActionError, match="later changes"):
        undo_event(event=event, user=host, now=NOW)
    assert Attendee.objects.count() == 2


def test_undo_gives_back_what_is_still_there(jam: Jam, host: User) -> None:
    typed, _phone = pair(jam)
    band = make_band(jam=jam, people={typed: "bass"})
    event = merge(jam, host)
    band.seats.get().delete()
    undo_event(event=event, user=host, now=NOW)
    assert [seat.attendee.name for seat in Seat.objects.select_related("attendee")] == []


def test_earlier_events_about_the_person_go_along(jam: Jam, host: User) -> None:
    entry = make_entry(jam=jam, status=EntryStatus.QUEUED)
    add_walk_up(jam=jam, entry=entry, name="Ana", part="bass", user=host, now=NOW)
    make_waiting(jam=jam, name="Ana K.")
    merge(jam, host)
    assert set(Event.objects.values_list("attendee__name", flat=True)) == {"Ana K."}


def test_forgotten_person_leaves_neither_name_behind(jam: Jam, host: User) -> None:
    _typed, phone = pair(jam)
    event = merge(jam, host)
    forget_attendee(jam=jam, attendee=phone, now=NOW)
    event = Event.objects.select_related("jam").get(pk=event.pk)
    assert "Ana" not in str(event.data)
    with pytest.raises(ActionError, match="later changes"):
        undo_event(event=event, user=host, now=NOW)


def test_forgotten_person_leaves_no_name_in_an_undone_merge(jam: Jam, host: User) -> None:
    pair(jam)
    undo_event(event=merge(jam, host), user=host, now=NOW)
    right = make_waiting(jam=jam, name="Anabel")
    merge_person(jam=jam, name="Ana", to="Anabel", user=host, now=NOW)
    forget_attendee(jam=jam, attendee=right, now=NOW)
    told = json.dumps(list(Event.objects.values_list("data", flat=True)))
    assert [name in told for name in ('"Ana"', '"Anabel"', '"Ana K."')] == [False, False, True]


def test_console_offers_the_phone_with_the_same_first_name_first() -> None:
    host = make_host()
    jam = make_jam(slug="friday", format=Format.BANDS, hosts=(host,))
    pair(jam)
    make_waiting(jam=jam, name="Zoe")
    client = browser_of(host)
    page = client.get("/host/friday/").text
    assert "This is <bdi>Ana K.</bdi> (phone)" in page
    assert "This is <bdi>Zoe</bdi>" not in page
    client.post("/host/friday/merge_person/", {"name": "Ana", "to": "Ana K."})
    assert "This is <bdi>" not in client.get("/host/friday/").text
