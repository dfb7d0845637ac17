"""The room code: who may vote is who sees the screen."""

import re
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from core.exceptions import ActionError, Forbidden
from jams.models import Attendee, Event, Jam, JamStatus
from jams.services.room_code import enter_room, get_room_code, set_room_code
from tests.builders import make_attendee, make_entry, make_jam, make_user
from tests.hosts import browser_of, make_host
from votes.models import Vote

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry():
    return make_entry(jam=make_jam(room_secret="secret"))


def code_of(entry) -> str:
    """The code of that jam now."""
    return get_room_code(entry.jam, now=timezone.now())


def vote(browser: Client, entry) -> int:
    return browser.put(f"/jams/{entry.jam.slug}/songs/{entry.pk}/vote/", headers={"HX-Request": "true"}).status_code


def test_vote_without_the_code_is_refused(client, entry):
    response = client.put(f"/jams/{entry.jam.slug}/songs/{entry.pk}/vote/", headers={"HX-Request": "true"})
    assert response.status_code == 403
    assert "Enter the room code first" in response.content.decode()
    assert Vote.objects.count() + Attendee.objects.count() == 0


def test_vote_with_the_code_counts(client, entry):
    page = entry.jam.get_absolute_url()
    response = client.post(f"{page}room/", {"code": f" {code_of(entry).upper()} "})
    assert (response.status_code, response["Location"]) == (303, page)
    assert (vote(client, entry), vote(Client(), entry)) == (200, 403)


@pytest.mark.parametrize("code", ["", "ab2", "il10o", "äöü", "\x00", "x" * 5000])
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
    answers = [client.get(address) for address in addresses]
    assert [(answer.status_code, code_of(entry) in answer.text) for answer in answers] == [(200, False)] * 5
    assert f'href="{page}room/"' in client.get(page).content.decode()


def test_code_is_on_the_stage_screen_of_a_logged_in_host(entry):
    host = make_host()
    entry.jam.hosts.add(host)
    pages = [browser_of(user).get(f"{entry.jam.get_absolute_url()}stage/") for user in (host, make_host())]
    assert [code_of(entry) in page.content.decode() for page in pages] == [True, False]


def test_set_room_code_turns_it_on_and_off():
    jam, user, now = make_jam(), make_user(), timezone.now()
    assert set_room_code(jam=jam, wanted=False, user=user, now=now) is None
    set_room_code(jam=jam, wanted=True, user=user, now=now)
    jam.refresh_from_db()
    assert len(get_room_code(jam, now=now)) == 5
    assert set_room_code(jam=jam, wanted=True, user=user, now=now) is None
    set_room_code(jam=jam, wanted=False, user=user, now=now)
    jam.refresh_from_db()
    assert (get_room_code(jam, now=now), Event.objects.count()) == ("", 2)


def test_set_room_code_is_refused_after_the_end():
    with pytest.raises(ActionError):
        set_room_code(jam=make_jam(status=JamStatus.ENDED), wanted=True, user=make_user(), now=timezone.now())


def test_room_page_without_a_code_says_so(client):
    assert "need a code at this jam" in client.get(f"{make_jam().get_absolute_url()}room/").content.decode()


def test_room_code_changes_and_the_one_before_stays_valid_for_a_while(entry):
    """Nobody fails because the code changed while they typed it."""
    change = datetime(2026, 11, 26, 21, 10, tzinfo=UTC)
    before, after = (get_room_code(entry.jam, now=change + timedelta(seconds=s)) for s in (-1, 0))
    assert before != after
    assert get_room_code(entry.jam, now=change + timedelta(seconds=599)) == after
    for code, moment, is_valid in [
        (before, change + timedelta(seconds=299), True),
        (before, change + timedelta(seconds=301), False),
        (after, change, True),
        (after, change - timedelta(seconds=1), False),
    ]:
        guest = make_attendee(jam=entry.jam)
        with nullcontext() if is_valid else pytest.raises(Forbidden):
            enter_room(jam=entry.jam, attendee=guest, code=code, now=moment)
        guest.refresh_from_db()
        assert guest.in_room is is_valid


def test_room_codes_are_told_apart_by_jam_and_by_secret():
    now = timezone.now()
    secrets = [make_jam(room_secret=secret) for secret in ("one", "two", "")]
    assert len({get_room_code(jam, now=now) for jam in secrets}) == 3
    assert get_room_code(secrets[2], now=now) == ""


def test_whoever_is_in_stays_in_when_the_code_changes(client, entry):
    page, code = f"{entry.jam.get_absolute_url()}room/", code_of(entry)
    assert client.post(page, {"code": code}).status_code == 303
    Jam.objects.update(room_secret="another")
    assert Client().post(page, {"code": code}).status_code == 403
    assert vote(client, entry) == 200


def test_wrong_code_shows_the_form_again_with_the_sentence_at_the_field(client, entry):
    answer = client.post(f"{entry.jam.get_absolute_url()}room/", {"code": "wrong"})
    field = re.search(r"<input id=\"code\".*?</p>", answer.text, re.DOTALL)
    assert answer.status_code == 403
    assert field is not None
    assert 'aria-describedby="code-refusal"' in field[0]
    assert "That code doesn&#x27;t match." in field[0]


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize("way", ["vote", "suggest"])
def test_vote_refused_for_want_of_the_code_links_to_its_page(client, entry, way, htmx):
    page = entry.jam.get_absolute_url()
    headers = {"HX-Request": "true"} if htmx else {}
    if way == "vote":
        answer = client.post(f"{page}songs/{entry.pk}/vote/", {"wanted": "1"}, headers=headers)
    else:
        answer = client.post(f"{page}suggest/", {"song": entry.song_id}, headers=headers)
    assert (answer.status_code, f'href="{page}room/"' in answer.text) == (403, True)


def test_page_does_not_ask_again_for_a_code_that_was_entered(client, entry):
    page = entry.jam.get_absolute_url()
    assert "data-in-room" not in client.get(page).text
    client.post(f"{page}room/", {"code": code_of(entry)})
    assert '<article class="jam" data-in-room>' in client.get(page).text


def test_stage_screen_of_a_host_gets_the_code_without_a_reload(entry, django_capture_on_commit_callbacks):
    host = make_host()
    entry.jam.hosts.add(host)
    part = f"{entry.jam.get_absolute_url()}stage/live/"
    screens = [browser_of(user) for user in (host, make_host(), None)]
    assert [code_of(entry) in screen.get(part).text for screen in screens] == [True, False, False]
    with django_capture_on_commit_callbacks(execute=True):
        set_room_code(jam=entry.jam, wanted=False, user=host, now=timezone.now())
    assert re.search(
        r'id="room-code" class="stage-address" data-rotates hx-swap-oob="true"\s+hidden', screens[0].get(part).text
    )


def test_console_and_voting_access_show_the_code(entry):
    host = make_host()
    entry.jam.hosts.add(host)
    browser, page = browser_of(host), f"/jams/{entry.jam.slug}/arrivals/"
    addresses = [f"/host/{entry.jam.slug}/", f"/host/{entry.jam.slug}/live/", page]
    assert [code_of(entry) in browser.get(address).text for address in addresses] == [True] * 3
    assert f'<a href="/host/{entry.jam.slug}/share/">' in browser.get(page).text
    set_room_code(jam=entry.jam, wanted=False, user=host, now=timezone.now())
    assert ["data-rotates" in browser.get(address).text for address in addresses] == [False] * 3
