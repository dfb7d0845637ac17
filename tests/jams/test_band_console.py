"""The console of a band night and of an open mic, used without JavaScript as a phone shows it."""

import re
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from jams.models import Attendee, Band, BandStatus, Format, Jam
from tests.builders import make_attendee, make_band, make_entry, make_jam, make_waiting
from tests.hosts import browser_of, make_host

pytestmark = pytest.mark.django_db


def long_ago() -> datetime:
    return timezone.now() - timedelta(minutes=52)


@pytest.fixture
def host() -> User:
    return make_host(username="hannah")


@pytest.fixture
def jam(host: User) -> Jam:
    jam = make_jam(slug="friday", format=Format.BANDS, hosts=(host,))
    for name, part in (("Ana", "vocals"), ("Ben", "bass"), ("Otis", "drums"), ("Priya", "guitar"), ("Mia", "vocals")):
        make_waiting(jam=jam, name=name, plays=[part], waits_since=long_ago())
    return jam


def page(client: Client) -> str:
    response = client.get("/host/friday/")
    assert response.status_code == 200
    return response.content.decode()


def read_fields(form: str) -> dict[str, str]:
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))


def press(client: Client, action: str, about: str = "", number: int = 0, **typed: str) -> str:
    """Press the button for `action`, the first one about `about`, sending what the page says; return the page then."""
    shown = page(client)
    forms = rf'<form class="[^"]*" method="post" action="/host/friday/{action}/"(.*?)</form>'
    found = [read_fields(inside) for inside in re.findall(forms, shown, re.DOTALL) if about in inside]
    buttons = rf'form="([\w-]+)" formaction="/host/friday/{action}/"[^>]*?name="(\w+)" value="([^"]*)"(.*?)</button>'
    for form, name, value, inside in re.findall(buttons, shown, re.DOTALL):
        hidden = re.search(rf'<form id="{form}".*?</form>', shown, re.DOTALL)
        assert hidden is not None
        if about in inside:
            found.append({**read_fields(hidden[0]), name: value})
    sent = {**{name: unescape(value) for name, value in found[number].items()}, **typed}
    response = client.post(f"/host/friday/{action}/", sent)
    assert response.status_code == 303, response.content.decode()
    return page(client)


def test_host_runs_a_band_from_the_proposal_to_the_end(jam: Jam, host: User) -> None:
    client = browser_of(host)
    shown = page(client)
    assert "has waited 52 min" in shown
    press(client, "call_band")
    assert Band.objects.get().status == "called"
    press(client, "start_band")
    assert "song 0 of 3" in page(client)
    press(client, "finish_band")
    band = Band.objects.get()
    assert (band.status, band.seats.count()) == ("played", 4)


def test_host_swaps_a_proposed_musician_for_another(jam: Jam, host: User) -> None:
    client = browser_of(host)
    press(client, "form_band", about="Mia")
    assert set(Band.objects.values_list("seats__attendee__name", flat=True)) == {"Mia", "Ben", "Otis", "Priya"}
    press(client, "change_seat", about="Otis")
    press(client, "change_seat", to="Ana", instrument="keys", name="")
    assert set(Band.objects.values_list("seats__attendee__name", flat=True)) == {"Mia", "Ben", "Ana", "Priya"}


def test_host_adds_a_person_who_then_waits_by_instrument(jam: Jam, host: User) -> None:
    client = browser_of(host)
    client.post("/host/friday/add_person/", {"name": "Walter", "plays": "harmonica"})
    shown = page(client)
    assert "harmonica" in shown
    press(client, "set_house_band", about="Walter")
    assert Attendee.objects.get(name="Walter").in_house_band


def test_two_hosts_with_the_same_page_call_one_band(jam: Jam, host: User) -> None:
    client = browser_of(host)
    shown = page(client)
    seats = unescape(re.findall(r'name="seats" value="([^"]*)"', shown)[-1])
    answers = [client.post("/host/friday/call_band/", {"seats": text}) for text in (seats, "vocals: Mia")]
    assert [answer.status_code for answer in answers] == [303, 409]
    assert "Another host got there first" in answers[1].content.decode()
    assert Band.objects.count() == 1


def test_host_sees_who_has_seen_the_call(jam: Jam, host: User) -> None:
    seen, unseen = jam.attendees.get(name="Ana"), jam.attendees.get(name="Ben")
    called_at = timezone.now()
    band = make_band(jam=jam, people={seen: "vocals", unseen: "bass"}, status=BandStatus.CALLED, called_at=called_at)
    band.seats.filter(attendee=seen).update(seen_at=called_at)
    shown = page(browser_of(host))
    assert f"seen {called_at.astimezone(jam.venue.zone):%H:%M}" in shown
    assert shown.count("not seen yet: call by voice") == 1


def test_open_mic_shows_its_running_order_and_draws_lots(host: User) -> None:
    jam = make_jam(slug="friday", format=Format.OPEN_MIC, hosts=(host,))
    for place, name in enumerate(["The Foos", "The Bars"], start=1):
        make_band(jam=jam, name=name, needs="one mic", place=place)
    client = browser_of(host)
    press(client, "order_band", about="The Bars")
    assert [band.name for band in jam.bands.upcoming()] == ["The Bars", "The Foos"]
    client.post("/host/friday/shuffle_bands/", {"seed": "1"})
    client.post("/host/friday/form_band/", {"name": "Solo Sue", "needs": "DI", "seats": ""})
    shown = page(client)
    assert "Solo Sue" in shown
    assert "seed 1" in shown
    assert 'id="proposal"' not in shown


def test_console_of_a_song_list_shows_no_bands(host: User) -> None:
    jam = make_jam(slug="friday", hosts=(host,))
    make_entry(jam=jam)
    make_attendee(jam=jam, name="Ana")
    shown = page(browser_of(host))
    assert not any(word in shown for word in ('id="proposal"', 'id="host-waiting"', "band-form"))


def test_band_console_takes_the_same_queries_for_forty_people(
    jam: Jam, host: User, django_assert_num_queries: Any
) -> None:
    client = browser_of(host)
    page(client)
    with django_assert_num_queries(10):
        page(client)
    for number in range(40):
        make_waiting(jam=jam, name=f"Guitarist {number}", plays=["guitar"], waits_since=long_ago())
    with django_assert_num_queries(10):
        page(client)
