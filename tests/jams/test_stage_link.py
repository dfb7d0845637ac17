"""The link for a venue's television: it shows the room code, a new one makes it useless, and it opens nothing else."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from jams.identity.stage_link import derive_stage_key
from jams.models import Event, Jam, JamStatus
from jams.services.event_log import describe_event
from jams.services.room_code import get_room_code
from jams.services.stage_link import renew_stage_link
from tests.builders import make_jam, make_user
from tests.hosts import browser_of, make_host

pytestmark = pytest.mark.django_db
PATHS = ["stage/", "stage/live/"]


@pytest.fixture
def jam() -> Jam:
    return make_jam(slug="friday", room_secret="secret")


def code_of(jam: Jam) -> str:
    return get_room_code(jam, now=timezone.now())


@pytest.mark.parametrize("path", PATHS)
def test_stage_screen_shows_the_room_code_to_who_has_the_key(client: Client, jam: Jam, path: str) -> None:
    page = client.get(f"/jams/friday/{path}", {"key": derive_stage_key(jam)})
    assert f"<strong>{code_of(jam)}</strong>" in page.text
    assert not page.cookies
    assert "no-store" in page["Cache-Control"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("key", ["", "0" * 32, "schlüssel", "a" * 5000])
def test_stage_screen_hides_the_room_code_from_a_wrong_key(client: Client, jam: Jam, path: str, key: str) -> None:
    page = client.get(f"/jams/friday/{path}", {"key": key})
    assert (page.status_code, code_of(jam) in page.text, "data-rotates" in page.text) == (200, False, False)


def test_stage_screen_sends_its_key_along_when_it_refreshes(client: Client, jam: Jam) -> None:
    key = derive_stage_key(jam)
    page = client.get("/jams/friday/stage/", {"key": key}).text
    assert f"""hx-vals='{{"key": "{key}"}}'""" in page
    assert "hx-vals" not in client.get("/jams/friday/stage/", {"key": "another"}).text


def test_new_link_makes_the_old_one_useless(client: Client, jam: Jam) -> None:
    old = derive_stage_key(jam)
    event = renew_stage_link(jam=jam, user=make_user(username="kim"), now=timezone.now())
    assert describe_event(event) == "kim made a new link for the television"
    new = derive_stage_key(Jam.objects.get(pk=jam.pk))
    shown = [
        code_of(jam) in client.get(f"/jams/friday/{path}", {"key": key}).text for path in PATHS for key in (old, new)
    ]
    assert shown == [False, True] * 2


def test_new_link_can_be_made_after_the_end() -> None:
    jam = make_jam(status=JamStatus.ENDED)
    renew_stage_link(jam=jam, user=make_user(), now=timezone.now())
    assert Jam.objects.get(pk=jam.pk).stage_link == 2


def test_keys_are_told_apart_by_jam_link_and_site(jam: Jam, settings: Any) -> None:
    keys = [derive_stage_key(jam), derive_stage_key(make_jam())]
    jam.stage_link += 1
    keys.append(derive_stage_key(jam))
    settings.SECRET_KEY = "another site"
    keys.append(derive_stage_key(jam))
    assert len(set(keys)) == 4


def test_key_opens_nothing_else(client: Client, jam: Jam) -> None:
    jam.hosts.add(make_host())
    key = derive_stage_key(jam)
    answers = {path: client.get(f"/jams/friday/{path}", {"key": key}) for path in ("", "board/", "room/", "arrivals/")}
    answers |= {path: client.get(f"/host/friday/{path}", {"key": key}) for path in ("", "live/", "report/", "share/")}
    assert [path for path, answer in answers.items() if code_of(jam) in answer.text] == []
    assert client.get("/host/friday/", {"key": key})["Location"].startswith("/admin/login/")
    assert client.post(f"/host/friday/end_jam/?key={key}").status_code == 302
    assert Jam.objects.get().status == JamStatus.LIVE


def test_share_page_shows_the_link_to_hosts_only(client: Client, jam: Jam) -> None:
    host = make_host()
    jam.hosts.add(host)
    address = f"http://testserver/jams/friday/stage/?key={derive_stage_key(jam)}"
    assert f'value="{address}"' in browser_of(host).get("/host/friday/share/").text
    assert browser_of(make_host()).get("/host/friday/share/").status_code == 404
    assert client.get("/host/friday/share/").status_code == 302


def test_share_page_makes_a_new_link(jam: Jam) -> None:
    host = make_host()
    jam.hosts.add(host)
    answer = browser_of(host).post("/host/friday/share/")
    assert (answer.status_code, answer["Location"]) == (303, "/host/friday/share/")
    assert (Jam.objects.get().stage_link, Event.objects.get().verb) == (2, "renew_stage_link")
