"""Slots of an open mic: an act asks for a number that nobody has, and pushes nobody back."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from core.exceptions import Conflict
from jams.models import Band, BandStatus, Format, Jam
from jams.selectors.band_night import read_band_night
from jams.selectors.slots import list_slots
from jams.services.acts import sign_up_act
from jams.services.band_order import number_bands, shuffle_bands
from tests.builders import make_attendee, make_band, make_jam, make_user
from tests.hosts import browser_of, make_host
from tests.people import Browser

NOW = timezone.now()


@pytest.fixture
def jam(db: None) -> Jam:
    return make_jam(format=Format.OPEN_MIC, ends_at=NOW + timedelta(hours=3))


def sign_up(jam: Jam, name: str, slot: int | None = None, **values: Any) -> Band:
    """Sign `name` up, or change what they said."""
    person = jam.attendees.filter(name=name).first() or make_attendee(jam=jam, name=name)
    sign_up_act(jam=jam, attendee=person, instrument="vocals", name=name, slot=slot, now=NOW, **values)
    return jam.bands.get(name=name)


def order(jam: Jam) -> str:
    return " ".join(jam.bands.filter(status=BandStatus.FORMING).order_by("place", "pk").values_list("name", flat=True))


def test_act_with_a_slot_has_that_number_once_the_others_have_come(jam: Jam) -> None:
    for name, slot in (("Ana", None), ("Late", 5), ("Ben", None), ("Third", 3), ("Cleo", None), ("Dana", None)):
        sign_up(jam, name, slot)
    assert order(jam) == "Ana Ben Third Cleo Late Dana"


def test_slot_pushes_nobody_back_and_is_had_once(jam: Jam) -> None:
    for name, slot in (("Ana", None), ("Ben", None), ("Late", 5)):
        sign_up(jam, name, slot)
    for taken in (1, 2, 5, 0, 1000):
        with pytest.raises(Conflict):
            sign_up(jam, "Zoe", taken)
    assert (order(jam), jam.bands.filter(name="Zoe").exists()) == ("Ana Ben Late", False)
    sign_up(jam, "Zoe", 4)
    assert order(jam) == "Ana Ben Zoe Late"


def test_numbers_count_bands_that_have_played_or_are_called(jam: Jam) -> None:
    for status in (BandStatus.PLAYED, BandStatus.ON_STAGE, BandStatus.CALLED, BandStatus.DROPPED):
        make_band(jam=jam, name=status, status=status)
    with pytest.raises(Conflict):
        sign_up(jam, "Ana", 3)
    sign_up(jam, "Ana", 5)
    sign_up(jam, "Ben")
    assert order(jam) == "Ben Ana"


def test_act_changes_its_slot_or_gives_it_back(jam: Jam) -> None:
    for name in ("Ana", "Ben", "Cleo"):
        sign_up(jam, name)
    sign_up(jam, "Ana", 6)
    assert order(jam) == "Ben Cleo Ana"
    sign_up(jam, "Ana", 6, needs="one mic")
    assert sign_up(jam, "Ana", 6).needs == ""
    sign_up(jam, "Ana", 3)
    assert (order(jam), sign_up(jam, "Ana").slot) == ("Ben Cleo Ana", None)


def test_lots_leave_acts_with_a_slot_where_they_are(jam: Jam) -> None:
    for name, slot in (("Ana", None), ("Ben", None), ("Third", 3), ("Cleo", None), ("Dana", None)):
        sign_up(jam, name, slot)
    drawn = set()
    for seed in range(20):
        shuffle_bands(jam=jam, seed=seed, user=make_user(), now=NOW)
        drawn.add(order(jam))
    assert {names.split()[2] for names in drawn} == {"Third"}
    assert {names.split()[0] for names in drawn} == {"Ana", "Ben", "Cleo", "Dana"}


@given(
    st.lists(st.one_of(st.none(), st.integers(1, 12)), max_size=8, unique_by=lambda slot: slot or object()),
    st.integers(0, 4),
)
def test_everybody_has_a_number_of_their_own(slots: list[int | None], done: int) -> None:
    numbers = number_bands(slots, done=done)
    assert len(set(numbers)) == len(slots)
    assert all(number > done for number in numbers)
    assert [number for number, slot in zip(numbers, slots, strict=True) if slot and slot > done] == [
        slot for slot in slots if slot and slot > done
    ]


def test_offered_slots_are_free_and_begin_before_the_end(jam: Jam) -> None:
    ana = sign_up(jam, "Ana")
    sign_up(jam, "Ben", 3)
    night = read_band_night(jam, now=NOW)
    offered = [slot.number for slot in list_slots(night)]
    assert (offered[:3], 4 < len(offered) < 20) == ([2, 4, 5], True)
    mine = next(band for band in night.coming if band.pk == ana.pk)
    assert [slot.number for slot in list_slots(night, mine)][:3] == [1, 2, 4]
    jam.ends_at = NOW + timedelta(minutes=30)
    assert len(list_slots(read_band_night(jam, now=NOW))) < 3


def test_guest_chooses_a_slot_and_the_host_reads_it(jam: Jam, django_capture_on_commit_callbacks: Any) -> None:
    host = make_host()
    jam.hosts.add(host)
    sign_up(jam, "Ben")
    phone = Browser(jam, name="Ana", plays=("vocals",))
    page = phone.get("").text
    assert ('<option value="1">' in page, '<option value="4">4, about ' in page) == (False, True)
    with django_capture_on_commit_callbacks(execute=True):
        assert phone.post("me/act/", instrument="vocals", name="Ana", slot="4").status_code == 303
    assert '<option value="4" selected>4, about ' in phone.get("").text
    assert "Asked for slot 4" in browser_of(host).get(f"/host/{jam.slug}/").text
    for wrong, status in (("1", 409), ("9" * 30, 303), ("x", 303)):  # no number is none
        assert phone.post("me/act/", instrument="vocals", name="Ana", slot=wrong).status_code == status
    assert jam.bands.get(name="Ana").slot is None
