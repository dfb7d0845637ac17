import re
from typing import Any

import pytest
from django.test import Client

from jams.identity import browser_cookie
from jams.models import Attendee, Event, JamStatus, MoveCode
from songs.shipped_instruments import SHIPPED
from tests.builders import make_attendee, make_entry, make_jam, make_performance, make_vote
from tests.people import HTMX, Browser

pytestmark = pytest.mark.django_db


def names() -> list[str]:
    return sorted(Attendee.objects.exclude(name="").values_list("name", flat=True))


def test_name_survives_a_reload_and_is_unknown_at_another_jam() -> None:
    here, there = make_jam(), make_jam()
    browser = Browser(here, name="Dana", plays=("bass",))
    pages = [browser.client.get(jam.get_absolute_url()).content.decode() for jam in (here, there)]
    assert ["Dana" in page for page in pages] == [True, False]
    assert ['data-plays="bass bass-guitar upright-bass" data-musician' in page for page in pages] == [True, False]


def test_join_offers_a_short_set_and_the_other_instruments_by_family() -> None:
    page = Browser(make_jam(instrument_set="rock")).get("").content.decode()
    chips = re.findall(r'id="me-plays-([a-z-]+)"', page)
    options = re.findall(r'<option value="([a-z-]+)"', page.split('aria-labelledby="me-more"')[1].split("</select>")[0])
    assert chips == ["vocals", "guitar", "bass", "drums", "keys"]
    assert sorted(chips + options) == sorted(shipped.slug for shipped in SHIPPED)
    assert '<optgroup label="saxophone">' in page


def test_join_with_all_instruments_has_no_second_list() -> None:
    page = Browser(make_jam(instrument_set="all")).get("").content.decode()
    assert len(re.findall(r'id="me-plays-[a-z-]+"', page)) == len(SHIPPED)
    assert "More instruments" not in page


def test_musician_finds_every_instrument_they_play_among_the_chips() -> None:
    browser = Browser(make_jam(), name="Dana", plays=("tenor-sax", "drums"))
    page = browser.get("").content.decode()
    assert re.findall(r'value="([a-z-]+)" checked', page) == ["drums", "tenor-sax"]
    assert 'data-plays="drums sax tenor-sax other"' in page


def test_join_returns_the_strip_and_a_toast_to_htmx() -> None:
    browser = Browser(make_jam())
    response = browser.post("me/join/", htmx=True, name="Dana")
    assert (response.status_code, response["HX-Trigger"]) == (200, "jam:joined")
    assert re.findall(r'hx-swap-oob="([^"]+)"', response.content.decode()) == ["true", "beforeend:#toasts"]
    assert "Hi Dana! You&#x27;ve joined." in response.content.decode()


def test_join_redirects_a_plain_form_back() -> None:
    entry = make_entry()
    browser = Browser(entry.jam)
    page = entry.jam.get_absolute_url()
    asked = [("", page), (str(entry.pk), f"{page}songs/{entry.pk}/mine/"), ("x", page), ("9" * 40, page), ("²", page)]
    answers = [browser.post("me/join/", name="Dana", entry=value) for value, _back in asked]
    assert [(answer.status_code, answer["Location"]) for answer in answers] == [(303, back) for _value, back in asked]


@pytest.mark.parametrize(("htmx", "whole"), [(True, False), (False, True)])
def test_join_with_a_taken_name_offers_free_names(htmx: bool, whole: bool) -> None:
    jam = make_jam()
    Browser(jam, name="Sam")
    other = Browser(jam)
    response = other.post("me/join/", htmx=htmx, name="sam", plays=["bass"])
    page = response.content.decode()
    assert (response.status_code, names(), Attendee.objects.count()) == (409, ["Sam"], 1)
    assert re.findall(r'name="offer" value="([^"]+)"', page) == ["sam K.", "sam 2"]
    assert ("</html>" in page, 'value="bass" checked' in page) == (whole, True)
    assert other.post("me/join/", offer="sam 2", name="sam").status_code == 303
    assert names() == ["Sam", "sam 2"]


def test_name_is_escaped_wherever_it_is_shown() -> None:
    jam = make_jam()
    Browser(jam, name="<b>Sam</b>")
    clash = Browser(jam).say("me/join/", name="<b>sam</b>")
    assert "<b>" not in clash.lower()


def test_leave_is_idempotent() -> None:
    entry = make_entry()
    browser = Browser(entry.jam, name="Dana")
    browser.post(f"songs/{entry.pk}/sign-up/", part="bass")
    answers = [browser.post("me/leave/").status_code for _ in range(2)]
    assert (answers, names(), entry.performances.count()) == ([303, 303], [], 0)
    assert [event.verb for event in Event.objects.order_by("pk")] == ["join", "sign_up", "leave"]


def test_leave_by_a_stranger_creates_no_attendee() -> None:
    Browser(make_jam()).post("me/leave/")
    assert Attendee.objects.count() == 0


def test_move_code_transfers_name_votes_and_songs() -> None:
    entry = make_entry()
    first, second = Browser(entry.jam, name="Dana"), Browser(entry.jam)
    first.client.put(f"{entry.jam.get_absolute_url()}songs/{entry.pk}/vote/")
    first.post(f"songs/{entry.pk}/sign-up/", part="bass")
    code = re.search(r'class="code">(\w{6})<', first.say("me/code/"))
    assert code
    answer = second.post("me/move/", htmx=True, code=code[1])
    assert (answer.status_code, answer["HX-Refresh"]) == (200, "true")
    pages = [browser.get("").content.decode() for browser in (first, second)]
    assert [f'data-songs="{entry.pk}"' in page for page in pages] == [False, True]
    assert [page.count('aria-pressed="true"') for page in pages] == [0, 1]


def test_move_code_is_shown_without_javascript_and_not_cached() -> None:
    response = Browser(make_jam(), name="Dana").post("me/code/")
    assert re.search(r'class="code">\w{6}<', response.content.decode())
    assert "no-store" in response["Cache-Control"]


def test_move_code_guesses_are_limited_per_jam(settings: Any) -> None:
    settings.CODE_RATE = "2/h"
    jam = make_jam()
    answers = [Browser(jam).post("me/move/", htmx=True, code="AAAAAA").status_code for _ in range(3)]
    assert answers == [404, 404, 429]
    assert Browser(make_jam()).post("me/move/", htmx=True, code="AAAAAA").status_code == 404


def test_actions_are_rate_limited_per_browser(settings: Any) -> None:
    settings.ACT_RATE = "2/h"
    jam = make_jam()
    browser = Browser(jam)
    answers = [browser.post("me/join/", name=name).status_code for name in ("Dana", "Dee", "Di")]
    assert (answers, names()) == ([303, 303, 429], ["Dee"])
    assert Browser(jam).post("me/join/", name="Sam").status_code == 303


@pytest.mark.parametrize(
    ("address", "data", "status"),
    [
        ("me/join/", {"name": "Eve"}, 409),
        ("me/leave/", {}, 409),
        ("me/move/", {"code": "AAAAAA"}, 409),
    ],
)
def test_actions_are_refused_after_the_end(address: str, data: dict[str, str], status: int) -> None:
    jam = make_jam()
    browser = Browser(jam, name="Dana")
    jam.status = JamStatus.ENDED
    jam.save()
    assert (browser.post(address, htmx=True, **data).status_code, names()) == (status, ["Dana"])


def test_move_code_is_refused_for_a_listener() -> None:
    assert (Browser(make_jam()).post("me/code/").status_code, MoveCode.objects.count()) == (403, 0)


@pytest.mark.parametrize("address", ["me/join/", "me/leave/", "me/code/", "me/move/"])
def test_actions_need_post_csrf_token_and_signed_cookie(address: str) -> None:
    jam = make_jam()
    strict = Client(enforce_csrf_checks=True)
    page = jam.get_absolute_url()
    assert strict.get(page + address).status_code == 405
    assert strict.post(page + address, {"name": "Eve"}).status_code == 403
    forged = Client()
    forged.cookies[browser_cookie.COOKIE] = "x" * 40
    assert forged.post(page + address, {"name": "Eve"}, headers=HTMX).status_code == 403
    assert Attendee.objects.count() == 0


def test_actions_ignore_ids_of_other_people() -> None:
    dana = make_attendee(name="Dana", browser="b" * 64)
    eve = Browser(dana.jam, name="Eve")
    ids: dict[str, Any] = {
        "attendee": dana.pk,
        "attendee_id": dana.pk,
        "browser": dana.browser,
        "id": dana.pk,
        "pk": dana.pk,
    }
    for address in ("me/leave/", "me/code/", "me/join/"):
        eve.post(address, **{"name": "Dana", **ids})
    dana.refresh_from_db()
    assert (dana.name, dana.browser, dana.is_musician) == ("Dana", "b" * 64, True)
    assert not MoveCode.objects.filter(attendee=dana).exists()


def test_strip_is_private_and_only_for_htmx() -> None:
    jam = make_jam()
    dana = Browser(jam, name="Dana")
    mine, theirs = (browser.get("me/", headers=HTMX) for browser in (dana, Browser(jam)))
    assert ["Dana" in answer.content.decode() for answer in (mine, theirs)] == [True, False]
    assert "private" in mine["Cache-Control"]
    assert dana.get("me/").status_code == 303
    assert Client().get("/jams/nowhere/me/", headers=HTMX).status_code == 404


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("songs", [1, 30])
def test_jam_page_takes_one_more_query_for_a_musician(songs: int, django_assert_num_queries: Any) -> None:
    jam = make_jam(performing_limit=50)
    browser = Browser(jam, name="Dana")
    for _ in range(songs):
        entry = make_entry(jam=jam)
        make_performance(entry=entry, attendee=browser.attendee)
        make_vote(entry=entry, attendee=browser.attendee)
    with django_assert_num_queries(5):
        browser.get("")
    with django_assert_num_queries(2):
        browser.get("")
    with django_assert_num_queries(3):
        browser.get("me/", headers=HTMX)
