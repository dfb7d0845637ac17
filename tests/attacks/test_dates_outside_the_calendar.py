"""A time that some library cannot show never gets in: one such jam took every list of the site down."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import Scope
from exports.jam_transfer import ImportRefusedError, export_jam, import_jam
from jams.models import EntryStatus, Format, Jam, JamStatus
from songs.models import Song
from tests.builders import (
    make_attendee,
    make_entry,
    make_jam,
    make_performance,
    make_token,
    make_user,
    make_venue,
    make_vote,
)
from tests.hosts import browser_of, form_of, make_host
from tests.people import Browser
from venues.models import Venue

pytestmark = pytest.mark.django_db
NOW = timezone.now()
PAGES = ["/", "/jams/", "/jams/?when=past", "/jams.ics", "/search/?q=friday", "/api/v1/jams", "/venues/attic/"]
ODD = [
    {"ends_at": "9999-12-31T23:59:59-14:00"},
    {"ends_at": "9999-12-31T23:59:59Z"},
    {"ends_at": "2200-01-01T00:00:00Z"},
    {"starts_at": "0001-01-01T00:00:00+14:00"},
    {"starts_at": "0001-01-01T00:00:00Z"},
    {"starts_at": "1969-12-31T23:59:59Z"},
]


@pytest.fixture
def jam() -> Jam:
    host = make_host()
    return make_jam(name="Friday", slug="friday", hosts=(host,), venue=make_venue(slug="attic"))


def assert_pages_answer() -> None:
    assert [page for page in PAGES if Client().get(page).status_code != 200] == []


@pytest.mark.parametrize("odd", ODD, ids=str)
def test_the_api_refuses_an_odd_time(jam: Jam, odd: dict[str, str]) -> None:
    before = Jam.objects.values().get()
    token = make_token(user=jam.hosts.get(), scopes=[Scope.JAMS])
    headers: Any = {"Authorization": f"Bearer {token}"}
    send = {"data": json.dumps(odd), "content_type": "application/json", "headers": headers}
    assert Client().patch("/api/v1/jams/friday", **send).status_code == 400
    assert Jam.objects.values().get() == before
    assert_pages_answer()


@pytest.mark.parametrize(
    "odd",
    [{"ends_at": "9999-12-31T23:59"}, {"starts_at": "0001-01-01T00:00"}, {"ends_at": "2200-01-02T00:00"}],
    ids=str,
)
def test_the_admins_form_refuses_an_odd_time(jam: Jam, odd: dict[str, str]) -> None:
    browser, address = browser_of(jam.hosts.get()), f"/admin/jams/jam/{jam.pk}/change/"
    response = browser.post(address, {**form_of(browser.get(address)), **odd})
    assert response.status_code == 200
    assert "Choose a year between 1970 and 2199." in response.content.decode()
    assert_pages_answer()


@pytest.mark.parametrize("name", ["starts_at", "ends_at"])
def test_the_database_has_the_last_word(jam: Jam, name: str) -> None:
    odd = {"starts_at": datetime(1969, 1, 1, tzinfo=UTC), "ends_at": datetime(2200, 1, 1, tzinfo=UTC)}[name]
    with pytest.raises(IntegrityError), transaction.atomic():
        Jam.objects.filter(pk=jam.pk).update(**{name: odd})


@pytest.mark.parametrize("since", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_removing_votes_since_an_odd_time_is_refused(jam: Jam, since: str) -> None:
    response = browser_of(jam.hosts.get()).post("/jams/friday/arrivals/void/", {"since": since})
    assert response.status_code == 400


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59Z"])
def test_nobody_leaves_at_an_odd_time(time: str) -> None:
    """A guest could say so, and the page of the waiting list was gone for everybody."""
    jam = make_jam(format=Format.BANDS, stage_plan=[{"part": "bass", "count": 1}])
    musician = Browser(jam, name="Ana", plays=("bass",))
    assert musician.post("me/waiting/", leaves_at=time).status_code == 400
    assert jam.attendees.get(name="Ana").leaves_at is None


def test_a_token_expires_at_no_odd_time() -> None:
    browser, address = browser_of(make_user(is_staff=True, is_superuser=True)), "/admin/accounts/apitoken/add/"
    form = {**form_of(browser.get(address)), "name": "Program", "scopes": ["jams"]}
    form |= {"expires_at_0": "9999-12-31", "expires_at_1": "23:59:59"}
    answer = browser.post(address, form)
    assert "Choose a year between 1970 and 2199." in answer.content.decode()
    assert browser.get("/admin/accounts/apitoken/").status_code == 200


ROW = re.compile(r"(?<=\": \")\d{4}-\d\d-\d\dT[^\"]+(?=\")")


@pytest.mark.parametrize("odd", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2200-01-01T00:00:00+00:00"])
def test_a_file_of_a_jam_with_one_odd_time_is_refused_whichever_it_is(odd: str) -> None:
    jam = make_jam(status=JamStatus.ENDED, venue=make_venue(time_zone="Pacific/Auckland"))
    entry = make_entry(jam=jam, status=EntryStatus.PLAYED, started_at=NOW, finished_at=NOW)
    make_vote(entry=make_performance(entry=entry).entry)
    make_attendee(jam=jam, name="Ana", leaves_at=NOW)
    document = export_jam(jam)
    for model in (Jam, Song, Venue):  # what is there already is not read from the file
        model.objects.all().delete()
    times = list(ROW.finditer(document))
    assert len(times) > 12
    for found in times:
        with pytest.raises(ImportRefusedError):
            import_jam(document[: found.start()] + odd + document[found.end() :])
