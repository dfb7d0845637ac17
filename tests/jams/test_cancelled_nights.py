"""A night that does not take place: where it says so, and what can be done with it."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from core.exceptions import ActionError
from jams.models import Jam, JamStatus
from jams.services.jam_status import cancel_jam, end_jam, reinstate_jam, reopen_jam
from jams.services.privacy import forget_old_jams
from jams.services.sign_ups import sign_up
from tests.builders import make_attendee, make_entry, make_jam, make_user
from tests.hosts import browser_of, make_host

pytestmark = pytest.mark.django_db
NOW = timezone.now()
TOMORROW = NOW + timedelta(days=1)


def make_cancelled(**values: Any) -> Jam:
    return make_jam(**{"status": JamStatus.CANCELLED, "starts_at": TOMORROW, "ended_at": NOW, **values})


@pytest.mark.parametrize("status", [JamStatus.LIVE, JamStatus.PAUSED, JamStatus.ENDED])
def test_night_that_was_opened_cannot_be_cancelled(status: JamStatus) -> None:
    with pytest.raises(ActionError, match="hasn't been opened yet"):
        cancel_jam(jam=make_jam(status=status), user=make_user(), now=NOW)


def test_jam_that_was_opened_early_has_ended_and_is_not_cancelled() -> None:
    jam = make_jam(starts_at=TOMORROW)
    end_jam(jam=jam, user=make_user(), now=NOW)
    jam.refresh_from_db()
    assert (jam.status, jam.is_cancelled) == ("ended", False)


def test_end_and_reopen_still_cancel_and_reinstate_for_old_clients() -> None:
    """Before there was a state of its own, version 1 of the API had only these two."""
    jam, seen = make_jam(status=JamStatus.SCHEDULED, starts_at=TOMORROW), []
    for act in (end_jam, reopen_jam):
        event = act(jam=jam, user=make_user(), now=NOW)
        assert event is not None
        jam.refresh_from_db()
        seen.append((jam.status, event.verb))
    assert seen == [("cancelled", "cancel_jam"), ("scheduled", "reinstate_jam")]


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"starts_at": NOW - timedelta(days=1), "ends_at": NOW - timedelta(hours=20)}, "This night is in the past"),
        ({"forgotten_at": NOW}, "names at this jam have been deleted"),
    ],
)
def test_night_is_not_planned_again_too_late(values: dict[str, Any], why: str) -> None:
    with pytest.raises(ActionError, match=why):
        reinstate_jam(jam=make_cancelled(**values), user=make_user(), now=NOW)


def test_cancelled_night_refuses_guests_with_its_own_sentence() -> None:
    entry = make_entry(jam=make_cancelled())
    with pytest.raises(ActionError, match=r"This night has been cancelled\."):
        sign_up(entry=entry, attendee=make_attendee(jam=entry.jam, name="Dana"), part="bass", now=NOW)


def test_cancelled_night_is_listed_until_its_end() -> None:
    jam = make_cancelled(starts_at=NOW - timedelta(hours=1), ends_at=NOW + timedelta(hours=1))
    later = jam.ends_at
    found = [list(rows) == [jam] for rows in (Jam.objects.on_or_coming(NOW), Jam.objects.past(NOW))]
    after = [list(rows) == [jam] for rows in (Jam.objects.on_or_coming(later), Jam.objects.past(later))]
    assert (found, after, Jam.objects.coming(NOW).exists()) == ([True, False], [False, True], False)


def test_names_at_a_cancelled_night_are_forgotten_like_others() -> None:
    long_ago = NOW - timedelta(days=400)
    jam = make_cancelled(starts_at=long_ago, ends_at=long_ago + timedelta(hours=3))
    make_attendee(jam=jam, name="Dana")
    assert forget_old_jams(now=NOW) == 1
    assert not jam.attendees.filter(name="Dana").exists()


def test_every_place_says_that_a_night_is_cancelled(client: Client) -> None:
    jam = make_cancelled(slug="friday", name="Friday")
    where = {
        "/": ">cancelled</span>",
        "/jams/": ">cancelled</span>",
        jam.venue.get_absolute_url(): ">cancelled</span>",
        "/jams/friday/": "https://schema.org/EventCancelled",
        "/jams/friday/stage/": "This night has been cancelled.",
        f"/embed/venues/{jam.venue.slug}/": ">cancelled</span>",
        "/jams/friday/jam.ics": "STATUS:CANCELLED",
        "/search/?q=friday": ">cancelled</span>",
    }
    assert [path for path, words in where.items() if words not in client.get(path).content.decode()] == []
    page = client.get("/jams/friday/").content.decode()
    assert page.count('content="This night has been cancelled."') == 1  # beside a link to it
    assert 'class="heart" ' not in page


def test_version_1_of_the_api_shows_a_cancelled_night_as_ended(client: Client) -> None:
    make_cancelled(slug="friday")
    found = client.get("/api/v1/jams/by-slug/friday").json()
    assert (found["status"], found["is_cancelled"]) == ("ended", True)


def test_host_is_asked_and_told_what_follows() -> None:
    host = make_host()
    jam = make_jam(slug="friday", hosts=(host,), status=JamStatus.SCHEDULED, starts_at=TOMORROW)
    make_attendee(jam=jam, name="Dana")
    browser = browser_of(host)
    for path in ("/host/friday/", "/host/", "/host/friday/delete/"):
        assert 'href="/host/friday/cancel/"' in browser.get(path).text, path
    page = browser.get("/host/friday/cancel/").text
    assert ("1 musician has joined." in page, "Nobody can vote" in page) == (True, True)
    browser.post("/host/friday/cancel/")
    jam.refresh_from_db()
    assert jam.is_cancelled
    console = browser.get("/host/friday/").text
    assert ("/reinstate_jam/" in console, "/reopen_jam/" in console, "/undo/" in console) == (True, False, True)


@pytest.mark.parametrize("path", ["/jams/gone/", "/s/zzzzz/", "/venues/gone/", "/songs/999/", "/jams/gone/stage/"])
def test_deleted_page_shows_the_next_nights(client: Client, path: str) -> None:
    make_jam(slug="friday", name="Friday", starts_at=TOMORROW, status=JamStatus.SCHEDULED)
    response = client.get(path)
    assert (response.status_code, 'href="/jams/friday/"' in response.content.decode()) == (404, True)


def test_address_that_never_was_costs_no_query(client: Client, django_assert_num_queries) -> None:
    make_jam(slug="friday", starts_at=TOMORROW, status=JamStatus.SCHEDULED)
    with django_assert_num_queries(0):
        assert "friday" not in client.get("/wp-admin/setup.php").content.decode()
