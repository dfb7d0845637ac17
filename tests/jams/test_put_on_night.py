"""Songs of the library are put on a night in the admin, many at once."""

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from jams.models import Jam, JamStatus
from songs.models import Song
from tests.builders import make_jam, make_song, make_user
from tests.hosts import browser_of, make_host

pytestmark = pytest.mark.django_db
LIBRARY = "/admin/songs/song/"


@pytest.fixture
def host() -> User:
    return make_host(username="hannah")


@pytest.fixture
def night(host: User) -> Jam:
    return make_jam(name="Friday Jam", slug="friday", hosts=(host,))


def chosen(*songs: Song, **more: str) -> dict[str, object]:
    return {"action": "put_on_night", ACTION_CHECKBOX_NAME: [song.pk for song in songs], **more}


def test_chosen_songs_are_put_on_the_night_that_is_chosen(host: User, night: Jam) -> None:
    browser, songs = browser_of(host), (make_song(), make_song())
    make_jam(name="Ended", hosts=(host,), status=JamStatus.ENDED)
    make_jam(name="Of another")
    page = browser.post(LIBRARY, chosen(*songs)).text
    assert ["Friday Jam" in page, "Ended" in page, "Of another" in page, "2 songs" in page] == [
        True,
        False,
        False,
        True,
    ]
    after = browser.post(LIBRARY, chosen(*songs, night="friday"), follow=True)
    assert after.redirect_chain == [(reverse("host:songs", args=["friday"]), 303)]
    assert "hannah added songs to the set list: 2" in after.text
    assert set(night.entries.values_list("song", flat=True)) == {song.pk for song in songs}
    again = browser.post(LIBRARY, chosen(*songs, night="friday"), follow=True).text
    assert "Nothing was added" in again


def test_nobody_puts_songs_on_a_night_of_somebody_else(host: User, night: Jam) -> None:
    other, song = make_jam(slug="other"), make_song()
    browser_of(host).post(LIBRARY, chosen(song, night="other"))
    assert other.entries.count() == 0
    helper = make_user(is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename__in=["change_song", "view_song", "change_jam"]))
    night.hosts.add(helper)
    browser_of(helper).post(LIBRARY, chosen(song, night="friday"))
    assert night.entries.count() == 0


def test_night_that_is_over_refuses_with_a_sentence(host: User, night: Jam) -> None:
    song = make_song()
    Jam.objects.filter(pk=night.pk).update(status=JamStatus.ENDED, ended_at=night.ends_at)
    page = browser_of(host).post(LIBRARY, chosen(song, night="friday"), follow=True).text
    assert "This jam has ended." in page
    assert night.entries.count() == 0


def test_host_without_nights_is_told_so(host: User) -> None:
    assert "You have no nights to come." in browser_of(host).post(LIBRARY, chosen(make_song())).text
