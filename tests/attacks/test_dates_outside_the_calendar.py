"""A time that some library cannot show never gets in: one such jam took every list of the site down."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import Scope
from jams.models import Jam
from tests.builders import make_jam, make_token, make_venue
from tests.hosts import browser_of, form_of, make_host

pytestmark = pytest.mark.django_db
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
