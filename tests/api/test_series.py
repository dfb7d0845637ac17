"""Series by the API: public facts, planned and changed by its hosts alone."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from accounts.models import Scope
from jams.models import Series
from jams.services.series import make_nights
from tests.api.test_library import send
from tests.builders import make_series, make_token, make_user, make_venue
from tests.hosts import make_host

pytestmark = pytest.mark.django_db

PLAN = {
    "name": "Blues Night", "venue": "attic", "rule": "FREQ=MONTHLY;BYDAY=-1FR", "first_on": "2126-11-29",
    "starts_at": "20:00", "ends_at": "00:30",
}  # fmt: skip


@pytest.fixture
def host() -> User:
    return make_host()


@pytest.fixture
def token(host: User) -> str:
    return make_token(user=host, scopes=[Scope.JAMS])


def test_series_has_its_rule_in_words_and_its_nights(client: Client) -> None:
    series = make_series(code="abcde", name="Thursdays")
    make_nights(series=series, now=timezone.now())
    found = client.get("/api/v1/series/ABCDE").json()
    assert (found["code"], found["rule_in_words"], found["starts_at"]) == ("abcde", "every Thursday", "20:00:00")
    assert len(found["nights"]) == series.nights.count() > 10
    assert (
        client.get("/api/v1/series/abcde", headers={"Accept-Language": "de"}).json()["rule_in_words"]
        == "jeden Donnerstag"
    )
    assert client.get("/api/v1/series/zzzzz").status_code == 404


def test_host_plans_a_series(client: Client, host: User, token: str) -> None:
    make_venue(slug="attic")
    response = send(client, "post", "series", PLAN, token)
    assert (response.status_code, response.json()["rule_in_words"]) == (201, "last Friday of the month")
    assert list(Series.objects.get().hosts.all()) == [host]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"venue": "nowhere"}, 404),
        ({"rule": "FREQ=DAILY"}, 400),
        ({"first_on": "1900-01-01"}, 400),
        ({"last_on": "2126-01-01"}, 400),
        ({"code": "mine"}, 400),
        ({"starts_at": "20:00+01:00"}, 400),
        ({"starts_at": 72_000}, 400),
        ({"first_on": 1_800_000_000}, 400),
    ],
)
def test_plan_of_a_series_that_makes_no_sense_is_refused(
    client: Client, token: str, change: dict[str, Any], status: int
) -> None:
    make_venue(slug="attic")
    assert send(client, "post", "series", {**PLAN, **change}, token).status_code == status
    assert not Series.objects.exists()


def test_host_changes_this_and_all_following(client: Client, host: User, token: str) -> None:
    series = make_series(code="abcde", hosts=(host,))
    make_nights(series=series, now=timezone.now())
    since = series.first_on + timedelta(days=7)
    changed = send(client, "patch", "series/abcde", {"since": str(since), "name": "Late", "starts_at": "22:00"}, token)
    assert (changed.status_code, changed.json()["name"]) == (200, "Late")
    assert list(series.nights.order_by("starts_at").values_list("name", flat=True))[:2] == [series.name, "Late"]


@pytest.mark.parametrize("who", ["another host", "no rights", "nobody"])
def test_series_is_changed_by_its_hosts_alone(client: Client, who: str) -> None:
    series = make_series(code="abcde", hosts=(make_user(),))
    people: dict[str, Any] = {"another host": make_host(), "no rights": make_user(is_staff=True)}
    token = make_token(user=people[who], scopes=[Scope.JAMS]) if who in people else "jam_nonsense"
    answer = send(client, "patch", "series/abcde", {"name": "Mine"}, token)
    assert answer.status_code == (401 if who == "nobody" else 403)
    series.refresh_from_db()
    assert series.name != "Mine"
