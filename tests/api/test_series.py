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


SETS = {
    "format": "bands",
    "set_minutes": 20,
    "changeover_minutes": 4,
    "stage_plan": [{"part": "drums"}, {"part": "other", "instrument": "tenor-sax", "count": 2, "optional": True}],
    "everyone_once_first": False,
    "instrument_set": "jazz",
    "hard_stop": "23:30",
    "house_band": [{"name": "Kim", "plays": ["bass", "vocals"]}],
}  # fmt: skip


def test_nights_of_a_series_run_as_its_plan_says(client: Client, token: str) -> None:
    make_venue(slug="attic")
    planned = send(client, "post", "series", {**PLAN, **SETS, "first_on": str(timezone.now().date())}, token).json()
    series = Series.objects.get()
    night = series.nights.select_related("venue").latest("starts_at")
    stage = [(place["part"], place.get("count"), place.get("optional")) for place in night.stage_plan]
    assert stage == [("drums", None, None), ("tenor-sax", 2, True)]
    assert (night.format, night.set_minutes, night.instrument_set) == ("bands", 20, "jazz")
    assert (night.changeover_minutes, night.everyone_once_first) == (4, False)
    assert night.hard_stop_at
    assert f"{night.hard_stop_at.astimezone(night.venue.zone):%H:%M}" == "23:30"
    assert list(night.attendees.values_list("name", "plays")) == [("Kim", ["bass", "vocals"])]
    assert "Kim" not in str(planned)  # what everybody can read

    path = f"series/{series.code}"
    changes: dict[str, Any] = {
        "set_minutes": None,
        "set_songs": 2,
        "hard_stop": None,
        "house_band": [],
        "instrument_set": "all",
    }
    assert send(client, "patch", path, changes, token).status_code == 200
    plan = send(client, "get", f"{path}/plan", None, token).json()
    assert plan == {
        **SETS,
        **changes,
        "stage_plan": [
            {"part": "drums", "instrument": "drums", "count": 1, "optional": False},
            {"part": "other", "instrument": "tenor-sax", "count": 2, "optional": True},
        ],
    }
    told = series.nights.values_list("set_minutes", "set_songs", "instrument_set", "hard_stop_at")
    assert told.get(pk=night.pk) == (None, 2, "all", None)
    assert night.attendees.count() == 0


def test_settings_that_a_new_series_does_not_name_are_as_usual(client: Client, token: str) -> None:
    make_venue(slug="attic")
    send(client, "post", "series", PLAN, token)
    plan = send(client, "get", f"series/{Series.objects.get().code}/plan", None, token).json()
    assert plan == {
        "format": "songs", "set_songs": 3, "set_minutes": None, "changeover_minutes": 5, "stage_plan": [],
        "everyone_once_first": True, "instrument_set": "rock", "hard_stop": None, "house_band": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"format": "karaoke"},
        {"set_songs": 0},
        {"set_songs": 99},
        {"set_songs": None},
        {"set_minutes": 181},
        {"changeover_minutes": 61},
        {"stage_plan": [{"part": "other", "instrument": "banana"}]},
        {"stage_plan": [{"part": "bass"}, {"part": "bass"}]},
        {"instrument_set": "techno"},
        {"everyone_once_first": "yes"},
        {"hard_stop": "23:30+01:00"},
        {"house_band": [{"name": "Kim", "plays": []}]},
        {"house_band": [{"name": "Kim", "plays": ["banana"]}]},
        {"house_band": [{"name": "", "plays": ["bass"]}]},
        {"house_band": [{"name": "Kim", "plays": ["bass"]}, {"name": "kim", "plays": ["drums"]}]},
    ],
)
def test_settings_that_no_night_can_have_are_refused(
    client: Client, host: User, token: str, change: dict[str, Any]
) -> None:
    """Also by a series that has no nights yet, where nothing else would notice."""
    series = make_series(code="abcde", hosts=(host,))
    assert send(client, "patch", "series/abcde", change, token).status_code == 400
    series.refresh_from_db()
    assert (series.switches, series.house_band, series.hard_stop) == ({}, [], None)


@pytest.mark.parametrize(("who", "status"), [("another host", 403), ("no rights", 403), ("nobody", 401)])
def test_plan_of_a_series_is_for_its_hosts(client: Client, who: str, status: int) -> None:
    make_series(code="abcde", hosts=(make_user(),), house_band=[{"name": "Kim", "plays": ["bass"]}])
    people: dict[str, Any] = {"another host": make_host(), "no rights": make_user(is_staff=True)}
    token = make_token(user=people[who], scopes=[Scope.JAMS]) if who in people else "jam_nonsense"
    answer = send(client, "get", "series/abcde/plan", None, token)
    assert (answer.status_code, b"Kim" in answer.content) == (status, False)
