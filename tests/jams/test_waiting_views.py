import re
from datetime import timedelta

import pytest
from django.utils import timezone

from jams.identity.act_codes import derive_act_code
from jams.models import Attendee, Band, BandStatus, Format, Jam, Seat, SignUps
from jams.services.bands import MAX_SEATS
from jams.services.event_log import Verb, describe_event
from tests.builders import make_attendee, make_band, make_entry, make_jam
from tests.people import Browser

pytestmark = pytest.mark.django_db
PLAN = [{"part": "bass", "count": 1}, {"part": "drums", "count": 1}]


@pytest.fixture
def jam() -> Jam:
    return make_jam(format=Format.BANDS, stage_plan=PLAN, ends_at=timezone.now() + timedelta(hours=4))


def find(name: str) -> Attendee:
    return Attendee.objects.get(name=name)


@pytest.mark.django_db(transaction=True)
def test_page_of_a_band_jam_tells_a_musician_their_place(jam):
    Browser(jam, name="Ana", plays=("bass",))
    ben = Browser(jam, name="Ben", plays=("bass",))
    page = ben.client.get(jam.get_absolute_url()).content.decode()
    assert "You&#x27;re number 2 of 2 for bass, about " in page
    assert "2/2 · about " in page


@pytest.mark.parametrize(
    ("tap", "value", "field", "kept"),
    [
        ("waits", "0", "waits_since", None),
        ("sits_out", "1", "sits_out", True),
        ("is_new", "1", "is_new", True),
    ],
)
def test_one_tap_without_scripts_changes_how_i_wait(jam, tap, value, field, kept):
    browser = Browser(jam, name="Ana", plays=("bass",))
    answer = browser.post("me/waiting/", **{tap: value})
    assert (answer.status_code, answer["Location"]) == (303, jam.get_absolute_url())
    assert getattr(find("Ana"), field) == kept


def test_tap_answers_with_my_strip(jam):
    browser = Browser(jam, name="Ana", plays=("bass",))
    page = browser.post("me/waiting/", htmx=True, sits_out="1").content.decode()
    assert "You&#x27;re sitting out. Nobody will put you in a band until you come back." in page
    assert 'name="sits_out" value="0"' in page


@pytest.mark.django_db(transaction=True)
def test_leaving_time_is_read_on_the_clock_of_the_venue(jam):
    browser = Browser(jam, name="Ana", plays=("bass",))
    browser.post("me/waiting/", leaves_at="22:30")
    leaves_at = find("Ana").leaves_at
    assert leaves_at
    assert leaves_at.astimezone(jam.venue.zone).strftime("%H:%M") == "22:30"
    assert 'value="22:30"' in browser.client.get(jam.get_absolute_url()).content.decode()
    assert browser.post("me/waiting/", leaves_at="late").status_code == 400


def test_musician_leaves_the_band_that_is_to_come(jam):
    browser = Browser(jam, name="Ana", plays=("bass",))
    band = make_band(jam=jam, people={find("Ana"): "bass"})
    assert browser.post("me/band/leave/").status_code == 303
    assert Band.objects.get(pk=band.pk).status == BandStatus.DROPPED


@pytest.mark.django_db(transaction=True)
def test_act_signs_up_for_an_open_mic_and_changes_its_needs():
    jam = make_jam(format=Format.OPEN_MIC)
    browser = Browser(jam, name="Ana", plays=("guitar",))
    page = browser.client.get(jam.get_absolute_url()).content.decode()
    assert f'action="/jams/{jam.slug}/me/act/"' in page
    browser.post("me/act/", instrument="guitar", name="Ana and the Otters", needs="one mic")
    browser.post("me/act/", instrument="vocals", name="Ana and the Otters", needs="two mics, DI")
    band = Band.objects.get(jam=jam)
    assert (band.name, band.needs) == ("Ana and the Otters", "two mics, DI")
    assert [seat.instrument for seat in band.seats.all()] == ["vocals"]
    page = browser.client.get(jam.get_absolute_url()).content.decode()
    assert "You play about " in page
    assert 'value="two mics, DI"' in page


@pytest.mark.django_db(transaction=True)
def test_second_person_joins_an_act_with_the_code_passed_on():
    jam = make_jam(format=Format.OPEN_MIC)
    ana, ben = Browser(jam, name="Ana", plays=("guitar",)), Browser(jam, name="Ben", plays=("bass",))
    code = read_act_code(ana.say("me/act/", instrument="guitar", name="Otters"))
    assert "me/act/join/" not in ana.get("").text
    assert ben.post("me/act/join/", code="wrong", instrument="bass").status_code == 404
    assert ben.post("me/act/join/", code=code, instrument="kazoo").status_code == 400
    joined = ben.say("me/act/join/", code=f" {code[:3].upper()}-{code[3:]} ", instrument="bass")
    assert ("You&#x27;re in this act now." in joined, read_act_code(joined)) == (True, code)
    assert ben.post("me/act/join/", code=code, instrument="bass").status_code == 303  # twice is once
    assert jam.events.filter(verb=Verb.JOIN_ACT).count() == 1
    ben.post("me/act/join/", code=code, instrument="drums")
    band = Band.objects.get()
    assert dict(band.seats.values_list("attendee__name", "instrument")) == {"Ana": "guitar", "Ben": "drums"}
    assert describe_event(jam.events.latest("pk")) == "Ben joined an act: Otters"
    cleo = Browser(jam, name="Cleo", plays=("vocals",))
    assert f">{code}<" not in cleo.get("").text
    own = read_act_code(cleo.say("me/act/", instrument="vocals"))
    assert own != code
    assert cleo.post("me/act/join/", code=code, instrument="vocals").status_code == 409
    ben.post("me/band/leave/")
    Band.objects.filter(pk=band.pk).update(status=BandStatus.DROPPED)
    assert ben.post("me/act/join/", code=code, instrument="bass").status_code == 404


def read_act_code(page):
    found = re.search(r'<strong class="code">(\w{5})</strong>', page)
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("values", "refused"), [({}, 403), ({"sign_ups": SignUps.CLOSED}, 409)], ids=["listener", "closed"]
)
def test_act_is_joined_only_by_musicians_while_sign_ups_are_open(values, refused):
    jam = make_jam(format=Format.OPEN_MIC, **values)
    band = make_band(jam=jam, name="Otters")
    ben = Browser(jam, name="Ben" if values else "", plays=("bass",))
    assert ben.post("me/act/join/", code=derive_act_code(band.pk), instrument="bass").status_code == refused
    assert not band.seats.exists()


def test_act_without_a_name_keeps_to_the_stage_plan():
    jam = make_jam(format=Format.OPEN_MIC, stage_plan=PLAN)
    band = make_band(jam=jam, people={make_attendee(jam=jam, name="Ana"): "bass"})
    ben, code = Browser(jam, name="Ben", plays=("drums",)), derive_act_code(band.pk)
    answers = [ben.post("me/act/join/", code=code, instrument=what).status_code for what in ("bass", "drums", "bass")]
    assert answers == [409, 303, 409]
    assert dict(band.seats.values_list("attendee__name", "instrument")) == {"Ana": "bass", "Ben": "drums"}


@pytest.mark.parametrize("guesser", ["", "Mallory"], ids=["listener", "musician"])
def test_guesses_of_one_browser_stop_no_other_code(settings, guesser):
    """Those of strangers do not count for the jam at all."""
    settings.ROOM_CODE_RATE, settings.ROOM_CODE_JAM_RATE, settings.CODE_RATE = "2/h", "3/h", "3/h"
    jam = make_jam(format=Format.OPEN_MIC)
    band = make_band(jam=jam, name="Otters")
    mallory, ana, ben = Browser(jam, name=guesser), Browser(jam, name="Ana"), Browser(jam, name="Ben")
    answers = [mallory.post("me/act/join/", code=str(guess), instrument="bass").status_code for guess in range(4)]
    answers += [mallory.post("me/move/", code="AAAAAA").status_code for _guess in range(4)]
    wrong = 404 if guesser else 403
    assert answers == [wrong, wrong, 429, 429, 404, 404, 429, 429]
    assert ben.post("me/act/join/", code=derive_act_code(band.pk), instrument="bass").status_code == 303
    move_code = re.search(r'class="code">(\w{6})<', ana.say("me/code/"))
    assert move_code
    assert Browser(jam).post("me/move/", code=move_code[1]).status_code == 303
    if not guesser:
        others = [Browser(jam).post("me/act/join/", code="x", instrument="bass").status_code for _stranger in range(4)]
        assert others == [403] * 4


def test_guesses_of_three_browsers_use_up_no_code_for_a_fourth():
    """With the limits as they are set: three times as many as one browser has."""
    jam = make_jam(format=Format.OPEN_MIC)
    band = make_band(jam=jam, name="Otters")
    for name in ("Mallory", "Mike", "Mia"):
        guesser = Browser(jam, name=name)
        answers = [guesser.post("me/act/join/", code="wrong", instrument="bass").status_code for _guess in range(11)]
        assert answers == [404] * 10 + [429]
    ben = Browser(jam, name="Ben")
    assert ben.post("me/act/join/", code=derive_act_code(band.pk), instrument="bass").status_code == 303


def test_band_that_a_host_put_together_has_no_code():
    """At a mixed jam, only what has a name is an act; and the code of another jam opens nothing here."""
    jam, elsewhere = make_jam(format=Format.MIXED), make_jam(format=Format.OPEN_MIC)
    ben = Browser(jam, name="Ben", plays=("bass",))
    for band in (make_band(jam=jam), make_band(jam=elsewhere, name="Otters")):
        assert ben.post("me/act/join/", code=derive_act_code(band.pk), instrument="bass").status_code == 404


def test_full_act_takes_nobody():
    jam = make_jam(format=Format.OPEN_MIC)
    people = {make_attendee(jam=jam, name=f"Singer {number}"): "vocals" for number in range(MAX_SEATS)}
    band = make_band(jam=jam, name="Choir", people=people)
    ben = Browser(jam, name="Ben", plays=("vocals",))
    assert ben.post("me/act/join/", code=derive_act_code(band.pk), instrument="vocals").status_code == 409
    assert band.seats.count() == MAX_SEATS


def test_song_list_jam_has_no_waiting_list():
    jam = make_jam()
    browser = Browser(jam, name="Ana", plays=("guitar",))
    assert "me/waiting/" not in browser.client.get(jam.get_absolute_url()).content.decode()
    assert browser.post("me/waiting/", waits="1").status_code == 409
    assert browser.post("me/act/", instrument="guitar").status_code == 409


@pytest.mark.django_db(transaction=True)
def test_band_jam_page_costs_no_query_per_musician(jam, django_assert_num_queries):
    """Cold, the board and who I am; warm, who I am and my songs."""
    browser = Browser(jam, name="Ana", plays=("bass",))
    for number in range(20):
        Browser(jam, name=f"Musician {number}", plays=("drums",))
        make_band(jam=jam, people={find(f"Musician {number}"): "drums"})
    make_entry(jam=jam)
    with django_assert_num_queries(8):
        browser.client.get(jam.get_absolute_url())
    with django_assert_num_queries(2):
        browser.client.get(jam.get_absolute_url())


@pytest.mark.django_db(transaction=True)
def test_call_is_seen_once_and_again_after_a_new_call(jam):
    browser = Browser(jam, name="Ana", plays=("bass",))
    called_at = timezone.now()
    band = make_band(jam=jam, people={find("Ana"): "bass"}, status=BandStatus.CALLED, called_at=called_at)
    assert "data-unseen=" in browser.get("").content.decode()
    assert browser.post("me/call/seen/", quietly="1").status_code == 204
    seen_at = Seat.objects.get(band=band).seen_at
    assert seen_at
    assert seen_at >= called_at
    assert "data-unseen=" not in browser.get("").content.decode()
    browser.post("me/call/seen/", quietly="1")
    assert Seat.objects.get(band=band).seen_at == seen_at
    band.called_at = timezone.now()
    band.save()
    assert "data-unseen=" in browser.get("").content.decode()
    assert browser.post("me/call/seen/").status_code == 303


def test_only_a_musician_in_a_called_band_sees_a_call(jam):
    browser = Browser(jam, name="Ana", plays=("bass",))
    band = make_band(jam=jam, people={find("Ana"): "bass"})
    assert browser.post("me/call/seen/", quietly="1").status_code == 204
    assert Seat.objects.get(band=band).seen_at is None
    assert Browser(jam).post("me/call/seen/", quietly="1").status_code == 403
