"""What a host says to everybody: on every phone, on the stage screen, and gone when it is withdrawn."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from core.exceptions import ActionError
from jams.models import Event, Jam, JamStatus
from jams.selectors.board import read_board
from jams.services.announcements import announce, withdraw_announcement
from jams.services.privacy import forget_attendee, forget_old_jams
from jams.services.undo import undo_event
from tests.builders import make_attendee, make_jam, make_token, make_user
from tests.hosts import browser_of, make_host

pytestmark = pytest.mark.django_db
NOW = timezone.now()
WORDS = "Last orders <b>now</b>"
SHOWN = "Last orders &lt;b&gt;now&lt;/b&gt;"


def say(jam: Jam, words: str = WORDS) -> Event | None:
    return announce(jam=jam, announcement=words, user=make_user(), now=NOW)


def test_announcement_is_on_phones_and_the_stage_screen_while_it_stands(
    client: Client, django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[Any]]
) -> None:
    jam = make_jam(slug="friday")
    found = []
    for act in (lambda: say(jam), lambda: withdraw_announcement(jam=jam, user=make_user(), now=NOW)):
        with django_capture_on_commit_callbacks(execute=True):
            act()
        found.append([SHOWN in client.get(path).text for path in ("/jams/friday/", "/jams/friday/stage/")])
    assert found == [[True, True], [False, False]]


def test_open_pages_get_the_announcement_and_nothing_else() -> None:
    jam = make_jam()
    boards = [read_board(jam.slug, order=0)]
    for words in ("One", "Two"):
        say(jam, words)
        boards.append(read_board(jam.slug, order=0))
    news = [new.updates_since(old) for old, new in pairwise(boards)]
    assert [html.count("<p>") for html in news] == [1, 1]
    assert all(html.startswith('<div id="announcement">') for html in news)
    one, two = (html.partition('<details id="')[2].partition('"')[0] for html in news)
    assert one != two  # so that one which was folded away opens for the next


def test_same_announcement_and_none_change_nothing() -> None:
    jam = make_jam()
    assert [bool(say(jam)), bool(say(jam, f" {WORDS}  "))] == [True, False]
    acts = [withdraw_announcement(jam=jam, user=make_user(), now=NOW) for _ in range(2)]
    assert [bool(event) for event in acts] == [True, False]


@pytest.mark.parametrize(
    ("words", "status"), [(" \u200b\n", "live"), ("x" * 141, "live"), ("Too late", "ended"), ("No", "cancelled")]
)
def test_announcement_that_makes_no_sense_is_refused(words: str, status: str) -> None:
    jam = make_jam(status=status)
    with pytest.raises(ActionError):
        say(jam, words)
    jam.refresh_from_db()
    assert jam.announcement == ""


def test_undo_brings_back_the_announcement_before() -> None:
    jam = make_jam()
    say(jam, "First")
    event = say(jam, "Second")
    assert event is not None
    undo_event(event=event, user=make_user(), now=NOW)
    jam.refresh_from_db()
    assert jam.announcement == "First"


def test_ended_jam_announces_nothing(client: Client) -> None:
    jam = make_jam(slug="friday")
    say(jam)
    Jam.objects.filter(pk=jam.pk).update(status=JamStatus.ENDED)
    assert not [path for path in ("/jams/friday/", "/jams/friday/stage/") if SHOWN in client.get(path).text]
    assert client.get("/api/v1/jams/by-slug/friday").json()["announcement"] == ""


def test_console_offers_what_stands_and_its_withdrawal() -> None:
    host = make_host()
    jam = make_jam(slug="friday", hosts=(host,))
    browser = browser_of(host)
    browser.post("/host/friday/announce/", {"announcement": WORDS})
    page = browser.get("/host/friday/").text
    assert (SHOWN in page, "/withdraw_announcement/" in page) == (True, True)
    assert f"announced: “{SHOWN}”" in page
    browser.post("/host/friday/withdraw_announcement/")
    jam.refresh_from_db()
    assert jam.announcement == ""


def test_hosts_of_a_jam_share_a_limit_of_announcements() -> None:
    host = make_host()
    make_jam(slug="friday", hosts=(host,))
    make_jam(slug="monday", hosts=(host,))
    browser = browser_of(host)
    codes = [browser.post("/host/friday/announce/", {"announcement": f"No. {n}"}).status_code for n in range(7)]
    other = browser.post("/host/monday/announce/", {"announcement": "Here"}).status_code
    assert (codes, other) == ([303] * 6 + [429], 303)


def test_api_announces_and_tells_what_stands(client: Client) -> None:
    host = make_host()
    make_jam(slug="friday", hosts=(host,))
    token = f"Bearer {make_token(user=host)}"
    sent: dict[str, Any] = {"content_type": "application/json", "headers": {"Authorization": token}}
    path = "/api/v1/jams/friday/actions/announce"
    codes = [client.post(path, json.dumps(body), **sent).status_code for body in ({"announcement": "Hello"}, {})]
    assert (codes, client.get("/api/v1/jams/by-slug/friday").json()["announcement"]) == ([200, 400], "Hello")


@pytest.mark.parametrize("name", ["Dana", "Dáná", "DANA"])
def test_announcement_that_names_somebody_who_is_forgotten_goes(name: str) -> None:
    jam = make_jam()
    dana = make_attendee(jam=jam, name=name)
    say(jam, "Welcome Otis")
    event = say(jam, "Welcome Dana")
    forget_attendee(jam=jam, attendee=dana, now=NOW)
    jam.refresh_from_db()
    told = json.dumps([event.data for event in jam.events.order_by("pk")])
    assert (jam.announcement, "Welcome Dana" in told, "Welcome Otis" in told) == ("", False, True)
    assert event is not None
    with pytest.raises(ActionError, match="undone"):
        undo_event(event=event, user=make_user(), now=NOW)


def test_announcements_of_an_old_jam_are_forgotten() -> None:
    start = NOW - timedelta(days=400)
    jam = make_jam(status=JamStatus.ENDED, starts_at=start, announcement="Welcome Dana")
    Event.objects.create(jam=jam, verb="announce", at=start, data={"to": "Welcome Dana"})
    forget_old_jams(now=NOW)
    jam.refresh_from_db()
    assert (jam.announcement, jam.events.get().data) == ("", {})
