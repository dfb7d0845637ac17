"""The demo goes without a trace, and takes nothing of one's own along."""

from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import transaction
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

type Capture = Any  # pytest-django's fixture has no type of its own

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _demo(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    seed_demo(now=timezone.now())


def test_removal_leaves_nothing_but_the_only_administrator(django_capture_on_commit_callbacks: Capture) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        removed = remove_demo()
    assert (removed.jams, removed.venues, removed.kept_accounts) == (10, 4, ["admin"])
    left = [model.objects.count() for model in (Jam, Entry, Attendee, Vote, Event, Song, Venue)]
    assert (left, [user.username for user in User.objects.all()]) == ([0] * 7, ["admin"])
    assert (read_logins(), is_demo_here()) == (None, False)


def test_removal_keeps_what_a_jam_of_ones_own_uses() -> None:
    make_user(is_superuser=True)
    jam = make_jam(venue=Venue.objects.get(slug="blue-lantern-berlin"), hosts=(User.objects.get(username="host"),))
    entry = make_entry(jam=jam, song=Song.objects.filter(times_played__gt=0).first())
    mine = make_entry()
    removed = remove_demo()
    assert (removed.venues, removed.kept_accounts) == (3, ["host"])
    assert set(Jam.objects.all()) == {jam, mine.jam}
    assert set(Song.objects.all()) == {entry.song, mine.song}
    assert set(Venue.objects.all()) == {jam.venue, mine.jam.venue}
    assert Song.objects.get(pk=entry.song.pk).times_played == 0


def test_removal_keeps_songs_and_venues_that_differ_from_the_demo() -> None:
    """One had them before the demo came, or has changed them since."""
    Song.objects.filter(title="Jolene").update(tempo=40)
    Venue.objects.filter(slug="blue-lantern-berlin").update(description="It is ours now.")
    assert remove_demo().venues == 3
    assert [song.title for song in Song.objects.all()] == ["Jolene"]
    assert [venue.slug for venue in Venue.objects.all()] == ["blue-lantern-berlin"]


def test_removal_keeps_accounts_with_a_password_of_their_own() -> None:
    make_user(is_superuser=True)
    user = User.objects.get(username="host")
    user.set_password("a password of my own")
    user.save()
    assert remove_demo().kept_accounts == []
    assert set(User.objects.filter(username__in=("host", "admin"))) == {user}


def test_removal_that_fails_keeps_the_passwords(django_capture_on_commit_callbacks: Capture) -> None:
    with (
        suppress(ZeroDivisionError),
        django_capture_on_commit_callbacks(execute=True),
        transaction.atomic(),
    ):
        remove_demo()
        raise ZeroDivisionError
    assert (Jam.objects.count(), sorted(read_logins() or {})) == (10, ["admin", "host"])


def test_demo_is_here_as_long_as_its_passwords_are() -> None:
    Jam.objects.all().delete()
    assert is_demo_here()


def test_command_removes_the_demo_once(django_capture_on_commit_callbacks: Capture) -> None:
    said = [StringIO(), StringIO()]
    for out in said:
        with django_capture_on_commit_callbacks(execute=True):
            call_command("remove_demo", stdout=out)
    assert said[0].getvalue().startswith("Removed the demo. Jams: 10, songs: ")
    assert said[1].getvalue() == "The demo is not here; nothing was removed.\n"


def test_administrator_is_asked_before_removal(django_capture_on_commit_callbacks: Capture) -> None:
    browser = browser_of(User.objects.get(username="admin"))
    assert 'href="/admin/demo/remove/"' in browser.get("/admin/").text
    assert ("can't be undone" in browser.get("/admin/demo/remove/").text, Jam.objects.count()) == (True, 10)
    with django_capture_on_commit_callbacks(execute=True):
        browser.post("/admin/demo/remove/")
    page = browser.get("/admin/")
    assert Jam.objects.count() == 0
    assert "Removed the demo. Jams: 10" in page.text
    assert 'href="/admin/demo/remove/"' not in page.text


@pytest.mark.parametrize("person", ["host", "nobody"])
def test_nobody_else_can_remove_the_demo(person: str) -> None:
    browser = browser_of(make_host() if person == "host" else None)
    assert browser.post("/admin/demo/remove/").status_code == {"host": 403, "nobody": 302}[person]
    assert Jam.objects.count() == 10
