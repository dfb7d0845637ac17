from datetime import timedelta

import pytest
from django.utils import timezone

from jams.models import Attendee, Band, BandStatus, Format, Jam, Seat
from tests.builders import make_band, make_entry, make_jam
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
    assert "You&#x27;re sitting out. Nobody puts you into a band until you come back." in page
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
    assert browser.post("me/band/seen/", quietly="1").status_code == 204
    seen_at = Seat.objects.get(band=band).seen_at
    assert seen_at
    assert seen_at >= called_at
    assert "data-unseen=" not in browser.get("").content.decode()
    browser.post("me/band/seen/", quietly="1")
    assert Seat.objects.get(band=band).seen_at == seen_at
    band.called_at = timezone.now()
    band.save()
    assert "data-unseen=" in browser.get("").content.decode()
    assert browser.post("me/band/seen/").status_code == 303


def test_only_a_musician_in_a_called_band_sees_a_call(jam):
    browser = Browser(jam, name="Ana", plays=("bass",))
    band = make_band(jam=jam, people={find("Ana"): "bass"})
    assert browser.post("me/band/seen/", quietly="1").status_code == 204
    assert Seat.objects.get(band=band).seen_at is None
    assert Browser(jam).post("me/band/seen/", quietly="1").status_code == 403
