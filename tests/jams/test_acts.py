"""Acts sign themselves up for an open mic; their founder names them and hands out the code."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from core.exceptions import Conflict, Forbidden, NotFound
from jams.models import Attendee, Band, BandStatus, Format, Jam
from jams.services.acts import find_act_code, join_act, renew_act_code, sign_up_act
from jams.services.bands import change_seat, form_band, leave_band
from jams.services.event_log import describe_event
from jams.services.host_people import remove_person
from jams.services.undo import undo_event
from tests.builders import make_attendee, make_band, make_jam

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def host() -> User:
    return User.objects.create_superuser("hannah")


@pytest.fixture
def open_mic() -> Jam:
    return make_jam(format=Format.OPEN_MIC)


def musician(jam: Jam, name: str) -> Attendee:
    return make_attendee(jam=jam, name=name, plays=["vocals"])


def seats_of(band: Band) -> dict[str, str]:
    return dict(band.seats.values_list("attendee__name", "instrument"))


@pytest.fixture
def ana(open_mic: Jam) -> Attendee:
    return musician(open_mic, "Ana")


@pytest.fixture
def ben(open_mic: Jam) -> Attendee:
    return musician(open_mic, "Ben")


@pytest.fixture
def otters(open_mic: Jam, ana: Attendee, ben: Attendee) -> Band:
    """An act that Ana has founded and Ben has joined."""
    sign_up_act(jam=open_mic, attendee=ana, instrument="vocals", name="Otters", needs="one mic", now=NOW)
    join(open_mic, ben, find_act_code(jam=open_mic, attendee=ana))
    return Band.objects.get()


def join(jam: Jam, who: Attendee, code: str, instrument: str = "bass") -> bool:
    return join_act(jam=jam, attendee=who, code=code, instrument=instrument, now=NOW + timedelta(minutes=1))


def test_act_signs_itself_up_once_and_changes_its_words(open_mic: Jam, ana: Attendee) -> None:
    acts = [
        sign_up_act(jam=open_mic, attendee=ana, instrument="vocals", name=name, needs="one mic", now=NOW)
        for name in ("", "", "The Foos")
    ]
    assert acts == [True, False, True]
    band = Band.objects.get()
    assert (band.name, band.needs, seats_of(band)) == ("The Foos", "one mic", {"Ana": "vocals"})
    assert leave_band(jam=open_mic, attendee=ana, now=NOW)
    assert not leave_band(jam=open_mic, attendee=ana, now=NOW)
    band.refresh_from_db()
    assert band.status == BandStatus.DROPPED


@pytest.mark.parametrize("values", [{"format": Format.BANDS}, {"sign_ups": "closed"}])
def test_act_is_refused_where_no_acts_are_taken(open_mic: Jam, ana: Attendee, values: dict[str, str]) -> None:
    Jam.objects.filter(pk=open_mic.pk).update(**values)
    with pytest.raises(Conflict, match="isn't taking acts"):
        sign_up_act(jam=open_mic, attendee=ana, instrument="vocals", now=NOW)
    assert not Band.objects.exists()


def test_musicians_may_be_in_several_acts(open_mic: Jam, ana: Attendee, host: User) -> None:
    for name in ("Solo", "Duo"):
        assert form_band(jam=open_mic, seats="vocals: Ana", name=name, user=host, now=NOW) is not None
    assert Band.objects.count() == 2


@pytest.mark.parametrize("words", [{"name": "Stoats"}, {"needs": "DI"}, {"name": "Stoats", "needs": "DI"}])
def test_only_the_founder_changes_the_words_of_an_act(
    open_mic: Jam, ana: Attendee, ben: Attendee, otters: Band, words: dict[str, Any]
) -> None:
    mine: dict[str, Any] = {"name": "Otters", "needs": "one mic"}
    for said in ({}, mine):
        sign_up_act(jam=open_mic, attendee=ben, instrument="drums", now=NOW, **said)
    with pytest.raises(Forbidden, match="Only whoever signed the act up"):
        sign_up_act(jam=open_mic, attendee=ben, instrument="keys", now=NOW, **words)
    otters.refresh_from_db()
    assert (otters.name, otters.needs, seats_of(otters)) == ("Otters", "one mic", {"Ana": "vocals", "Ben": "drums"})
    assert sign_up_act(jam=open_mic, attendee=ana, instrument="vocals", now=NOW, **words)
    otters.refresh_from_db()
    assert (otters.name, otters.needs) == (words.get("name", ""), words.get("needs", ""))


def test_next_in_the_act_is_its_founder_once_the_founder_has_left(
    open_mic: Jam, ana: Attendee, ben: Attendee, otters: Band
) -> None:
    leave_band(jam=open_mic, attendee=ana, now=NOW)
    assert sign_up_act(jam=open_mic, attendee=ben, instrument="bass", name="Stoats", now=NOW)
    otters.refresh_from_db()
    assert otters.name == "Stoats"


def leaves(jam: Jam, ben: Attendee, band: Band, host: User) -> None:
    leave_band(jam=jam, attendee=ben, now=NOW)


def is_taken_out(jam: Jam, ben: Attendee, band: Band, host: User) -> None:
    change_seat(jam=jam, band=band.pk, name=ben.name, user=host, now=NOW)


def is_removed(jam: Jam, ben: Attendee, band: Band, host: User) -> None:
    remove_person(jam=jam, name=ben.name, user=host, now=NOW)


@pytest.mark.parametrize("way", [leaves, is_taken_out, is_removed])
def test_whoever_leaves_an_act_does_not_come_back_with_its_old_code(
    open_mic: Jam, ana: Attendee, ben: Attendee, otters: Band, host: User, way: Any
) -> None:
    old = find_act_code(jam=open_mic, attendee=ana)
    way(open_mic, ben, otters, host)
    cleo = musician(open_mic, "Cleo")
    with pytest.raises(NotFound):
        join(open_mic, cleo, old)
    new = find_act_code(jam=open_mic, attendee=ana)
    assert new != old
    assert join(open_mic, cleo, new)


def test_founder_makes_a_new_code(open_mic: Jam, ana: Attendee, ben: Attendee, otters: Band) -> None:
    old = find_act_code(jam=open_mic, attendee=ana)
    with pytest.raises(Forbidden, match="make a new code"):
        renew_act_code(jam=open_mic, attendee=ben, now=NOW)
    new = renew_act_code(jam=open_mic, attendee=ana, now=NOW)
    assert {find_act_code(jam=open_mic, attendee=who) for who in (ana, ben)} == {new} != {old}
    assert describe_event(open_mic.events.latest("pk")) == "Ana made a new code for an act"
    cleo = musician(open_mic, "Cleo")
    with pytest.raises(NotFound, match="no act"):
        renew_act_code(jam=open_mic, attendee=cleo, now=NOW)
    with pytest.raises(NotFound):
        join(open_mic, cleo, old)
    assert join(open_mic, cleo, new)


def test_founder_is_the_same_after_an_undo(
    open_mic: Jam, ana: Attendee, ben: Attendee, otters: Band, host: User
) -> None:
    for way in (is_taken_out, is_removed):
        way(open_mic, ana, otters, host)
        undo_event(event=open_mic.events.latest("pk"), user=host, now=NOW)
        ana.refresh_from_db()
        assert renew_act_code(jam=open_mic, attendee=ana, now=NOW)


def test_change_of_instrument_keeps_to_the_stage_plan(ana: Attendee, ben: Attendee, open_mic: Jam) -> None:
    Jam.objects.filter(pk=open_mic.pk).update(stage_plan=[{"part": "bass"}, {"part": "drums"}])
    sign_up_act(jam=open_mic, attendee=ana, instrument="bass", now=NOW)
    join(open_mic, ben, find_act_code(jam=open_mic, attendee=ana), "drums")
    with pytest.raises(Conflict, match="stage plan"):
        sign_up_act(jam=open_mic, attendee=ben, instrument="bass", now=NOW)
    assert seats_of(Band.objects.get()) == {"Ana": "bass", "Ben": "drums"}
    assert sign_up_act(jam=open_mic, attendee=ana, instrument="bass", name="Otters", now=NOW)
    assert sign_up_act(jam=open_mic, attendee=ben, instrument="bass", now=NOW)  # an act brings what it needs
    with pytest.raises(Conflict, match="stage plan"):
        sign_up_act(jam=open_mic, attendee=ana, instrument="bass", now=NOW)  # without a name it is a band again
    assert Band.objects.get().name == "Otters"


def test_band_of_the_host_is_nobodys_act(host: User) -> None:
    """At a mixed jam, signing up an act does not touch the band that a host has put the musician into."""
    jam = make_jam(format=Format.MIXED)
    ana = musician(jam, "Ana")
    band = make_band(jam=jam, people={ana: "bass"}, needs="DI")
    assert find_act_code(jam=jam, attendee=ana) == ""
    assert sign_up_act(jam=jam, attendee=ana, instrument="vocals", now=NOW)
    assert not sign_up_act(jam=jam, attendee=ana, instrument="vocals", name="Ana", now=NOW)
    act = jam.bands.exclude(pk=band.pk).get()
    band.refresh_from_db()
    assert (band.name, band.needs, seats_of(band)) == ("", "DI", {"Ana": "bass"})
    assert (act.name, seats_of(act)) == ("Ana", {"Ana": "vocals"})
