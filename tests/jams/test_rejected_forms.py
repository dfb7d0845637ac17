"""A form that was rejected says so at its top, and leads to each field that has to change."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from jams.models import Jam, Series
from tests.builders import make_jam, make_venue
from tests.hosts import browser_of, make_host
from tests.jams.host_forms import NEW

pytestmark = pytest.mark.django_db

SERIES = {
    "name": "Thursday Jam",
    "first_on": "2126-11-28",
    "starts_at": "20:00",
    "ends_at": "23:30",
    "repeats": "1",
    "format": "bands",
    "set_songs": "2",
}
#: address: what is sent, and the fields that are wrong
REJECTED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "/host/nights/new/": ({**NEW, "name": "", "place-time_zone": "Mars"}, ["id_name", "id_place-time_zone"]),
    "/host/nights/new/?": (
        {**NEW, "place-name": "", "place-time_zone": "Mars"},
        ["id_place-name", "id_place-time_zone"],
    ),
    "/host/nights/new/?deep": ({**NEW, "stage_plan": "two nonsense"}, ["id_stage_plan"]),
    "/host/series/new/": ({**SERIES, "house_band": "nonsense"}, ["id_house_band"]),
    "/host/venues/new/": ({"place-name": "", "place-time_zone": "Mars"}, ["id_place-name", "id_place-time_zone"]),
    "/host/venues/lantern/edit/": ({"name": "Lantern", "time_zone": "Mars"}, ["id_time_zone"]),
    "/host/friday/songs/paste/?preview": ({"lines": ""}, ["id_lines"]),
    "/admin/password_change/": ({"old_password": "wrong"}, ["id_old_password", "id_new_password1", "id_new_password2"]),
}


@pytest.fixture
def browser() -> Client:
    host: User = make_host(username="hannah")
    make_jam(slug="friday", hosts=(host,))
    return browser_of(host)


@pytest.mark.parametrize("address", REJECTED)
def test_a_rejected_form_leads_to_each_wrong_field(browser: Client, address: str) -> None:
    place = make_venue(name="Lantern", slug="lantern")
    sent, wrong = REJECTED[address]
    if "series" in address:
        sent = {**sent, "venue": str(place.pk)}
    page = browser.post(address, sent).text
    banner = re.search(r'<div class="said said-wrong" role="alert".*?</div>', page, re.DOTALL)
    assert banner, "nothing is said at the top"
    assert "Nothing has been saved yet." in banner[0]
    assert re.findall(r'href="#([\w-]+)"', banner[0]) == wrong
    after = page[banner.end() :]
    assert [name for name in wrong if f'id="{name}"' not in after] == []
    assert (Jam.objects.count(), Series.objects.count()) == (1, 0)


@pytest.mark.parametrize("address", REJECTED)
def test_a_form_that_was_not_sent_yet_says_nothing_of_mistakes(browser: Client, address: str) -> None:
    make_venue(name="Lantern", slug="lantern")
    assert "said-wrong" not in browser.get(address).text
