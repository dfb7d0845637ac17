"""The demo goes without a trace, and takes nothing of one's own along."""

from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from demo.logins import read_logins
from demo.removal import is_demo_here, remove_demo
from demo.seed import seed_demo
from jams.models import Attendee, Entry, Event, Jam
from songs.models import Song
from tests.builders import make_entry, make_jam, make_user
from tests.hosts import browser_of, make_host
from venues.models import Venue
from votes.models import Vote

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _demo(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    seed_demo(now=timezone.now())


def test_removal_leaves_nothing_but_the_only_administrator() -> None:
    removed = remove_demo()
    assert (removed.jams, removed.venues, removed.kept_accounts) == (8, 4, ["admin"])
    left = [model.objects.count() for model in (Jam, Entry, Attendee, Vote, Event, Song, Venue)]
    assert (left, [user.username for user in User.objects.all()]) == ([0] * 7, ["admin"])
    assert (read_logins(), is_demo_here()) == (None, False)


def test_removal_keeps_what_a_jam_of_ones_own_uses() -> None:
    make_user(is_superuser=True)
    jam = make_jam(venue=Venue.objects.get(slug="blue-lantern-berlin"), hosts=(User.objects.get(username="host"),))
    entry = make_entry(jam=jam, song=Song.objects.get(title="Jolene"))
    mine = make_entry()
    removed = remove_demo()
    assert (removed.venues, removed.kept_accounts) == (3, ["host"])
    assert set(Jam.objects.all()) == {jam, mine.jam}
    assert set(Song.objects.all()) == {entry.song, mine.song}
    assert set(Venue.objects.all()) == {jam.venue, mine.jam.venue}


def test_command_removes_the_demo_once() -> None:
    said = [StringIO(), StringIO()]
    for out in said:
        call_command("remove_demo", stdout=out)
    assert said[0].getvalue().startswith("Removed 8 jams, ")
    assert said[1].getvalue() == "The demo is not here; nothing was removed.\n"


def test_administrator_is_asked_before_the_demo_is_removed() -> None:
    browser = browser_of(User.objects.get(username="admin"))
    assert 'href="/admin/demo/remove/"' in browser.get("/admin/").text
    assert ("can't be undone" in browser.get("/admin/demo/remove/").text, Jam.objects.count()) == (True, 8)
    page = browser.post("/admin/demo/remove/", follow=True)
    assert (page.redirect_chain, Jam.objects.count()) == ([("/admin/", 303)], 0)
    assert "of the demo." in page.text
    assert 'href="/admin/demo/remove/"' not in page.text


@pytest.mark.parametrize("person", ["host", "nobody"])
def test_nobody_else_can_remove_the_demo(person: str) -> None:
    browser = browser_of(make_host() if person == "host" else None)
    assert browser.post("/admin/demo/remove/").status_code == {"host": 403, "nobody": 302}[person]
    assert Jam.objects.count() == 8
