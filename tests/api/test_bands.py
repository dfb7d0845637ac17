"""The bands and the waiting list of a jam for programs of its hosts."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from accounts.models import Scope
from jams.models import BandStatus, Format, Jam
from tests.builders import make_band, make_jam, make_token, make_waiting
from tests.hosts import make_host

pytestmark = pytest.mark.django_db


@pytest.fixture
def host() -> User:
    return make_host()


@pytest.fixture
def jam(host: User) -> Jam:
    jam = make_jam(slug="friday", format=Format.BANDS, hosts=(host,))
    make_waiting(jam=jam, name="Ana", plays=["vocals"])
    make_band(jam=jam, name="The Foos", status=BandStatus.ON_STAGE)
    make_band(jam=jam, name="Rude", status=BandStatus.DROPPED)
    return jam


def ask(user: User, method: str = "get", path: str = "bands", sent: Any = None) -> Any:
    token = make_token(user=user, scopes=[Scope.JAMS])
    return getattr(Client(), method)(
        f"/api/v1/jams/friday/{path}",
        json.dumps(sent) if sent else None,
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )


def test_bands_are_told_with_a_proposal_that_can_be_called(jam: Jam, host: User) -> None:
    told = ask(host).json()
    assert (told["on_stage"]["label"], told["format"]) == ("The Foos", "bands")
    assert [one["name"] for one in told["waiting"]] == ["Ana"]
    assert {place["need"]: place["name"] for place in told["proposal"]}["vocals"] == "Ana"
    called = ask(host, "post", "actions/call_band", {"seats": told["proposed_seats"]})
    assert (called.status_code, called.json()) == (200, {"changed": True})
    assert [band["label"] for band in ask(host).json()["upcoming"]] == ["Ana"]


def test_bands_are_told_to_nobody_but_the_hosts(jam: Jam) -> None:
    assert ask(make_host()).status_code == 403
    assert Client().get("/api/v1/jams/friday/bands").status_code == 401


def test_song_list_has_no_proposal(jam: Jam, host: User) -> None:
    Jam.objects.update(format=Format.SONGS)
    told = ask(host).json()
    assert (told["proposal"], told["proposed_seats"]) == ([], "")
