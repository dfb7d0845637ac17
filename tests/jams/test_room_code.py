"""The room code: who may vote is who sees the screen."""

import pytest
from django.test import Client
from django.utils import timezone

from core.exceptions import ActionError
from jams.models import Attendee, Event, JamStatus
from jams.services.room_code import set_room_code
from tests.builders import make_entry, make_jam, make_user
from tests.hosts import browser_of, make_host
from votes.models import Vote

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry():
    return make_entry(jam=make_jam(room_code="ab2c"))


def vote(browser: Client, entry) -> int:
    return browser.put(f"/jams/{entry.jam.slug}/songs/{entry.pk}/vote/", headers={"HX-Request": "true"}).status_code


def test_vote_without_the_code_is_refused(client, entry):
    response = client.put(f"/jams/{entry.jam.slug}/songs/{entry.pk}/vote/", headers={"HX-Request": "true"})
    assert response.status_code == 403
    assert "Enter the room code first" in response.content.decode()
    assert Vote.objects.count() + Attendee.objects.count() == 0


def test_vote_with_the_code_counts(client, entry):
    page = entry.jam.get_absolute_url()
    response = client.post(f"{page}room/", {"code": " AB2C "})
    assert (response.status_code, response["Location"]) == (303, page)
    assert (vote(client, entry), vote(Client(), entry)) == (200, 403)


@pytest.mark.parametrize("code", ["", "ab2", "ab2cd", "äöü", "\x00", "x" * 5000])
def test_wrong_code_is_refused_and_creates_nothing(client, entry, code):
    response = client.post(f"{entry.jam.get_absolute_url()}room/", {"code": code})
    assert (response.status_code, Attendee.objects.count()) == (403, 0)


def test_code_guesses_are_rate_limited(client, entry):
    page = f"{entry.jam.get_absolute_url()}room/"
    answers = [client.post(page, {"code": f"{number}"}).status_code for number in range(3)]
    client.get(entry.jam.get_absolute_url())  # gives the browser an identity, under which it is counted
    answers += [client.post(page, {"code": f"{number}"}).status_code for number in range(11)]
    assert answers == [403] * 13 + [429]


def test_code_is_on_no_public_page(client, entry):
    page = entry.jam.get_absolute_url()
    addresses = [page, f"{page}room/", f"{page}board/", f"{page}stage/", f"{page}stage/live/"]
    assert ["ab2c" in client.get(address).content.decode() for address in addresses] == [False] * 5
    assert f'href="{page}room/"' in client.get(page).content.decode()


def test_code_is_on_the_stage_screen_of_a_logged_in_host(entry):
    host = make_host()
    entry.jam.hosts.add(host)
    pages = [browser_of(user).get(f"{entry.jam.get_absolute_url()}stage/") for user in (host, make_host())]
    assert ["ab2c" in page.content.decode() for page in pages] == [True, False]


def test_set_room_code_turns_it_on_and_off():
    jam, user, now = make_jam(), make_user(), timezone.now()
    assert set_room_code(jam=jam, wanted=False, user=user, now=now) is None
    set_room_code(jam=jam, wanted=True, user=user, now=now)
    jam.refresh_from_db()
    assert len(jam.room_code) == 5
    assert set_room_code(jam=jam, wanted=True, user=user, now=now) is None
    set_room_code(jam=jam, wanted=False, user=user, now=now)
    jam.refresh_from_db()
    assert (jam.room_code, Event.objects.count()) == ("", 2)


def test_set_room_code_is_refused_after_the_end():
    with pytest.raises(ActionError):
        set_room_code(jam=make_jam(status=JamStatus.ENDED), wanted=True, user=make_user(), now=timezone.now())


def test_room_page_without_a_code_says_so(client):
    assert "need a code at this jam" in client.get(f"{make_jam().get_absolute_url()}room/").content.decode()
