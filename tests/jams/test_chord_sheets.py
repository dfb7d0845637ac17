"""Chord sheets are for the musicians and the hosts of a jam: in every answer, whoever asks."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.utils import timezone

from core.exceptions import ActionError
from core.http.statuses import get_status
from jams.models import Attendee, Entry, Event, JamStatus
from jams.services import chord_sheets
from songs.models import ChordState
from tests.builders import make_attendee, make_entry, make_jam, make_song, make_staff, make_user
from tests.people import Browser

pytestmark = pytest.mark.django_db
NOW = timezone.now()
NOBODY = AnonymousUser()
LIBRARY, OWN = "https://library.example/a", "https://own.example/b"


@pytest.mark.parametrize(
    ("entry", "song", "sheet"),
    [
        ({}, {}, ("", "none", False)),
        ({}, {"chord_url": LIBRARY, "chord_state": ChordState.OK}, (LIBRARY, "ok", False)),
        ({"chord_url": OWN}, {"chord_url": LIBRARY, "chord_state": ChordState.OK}, (OWN, "unknown", True)),
        ({"chord_url": OWN, "chord_state": ChordState.BROKEN}, {}, (OWN, "broken", True)),
    ],
)
def test_get_chord_sheet_prefers_the_jams_own(
    entry: dict[str, Any], song: dict[str, Any], sheet: tuple[str, str, bool]
) -> None:
    found = chord_sheets.get_chord_sheet(make_entry(song=make_song(**song), **entry))
    assert (found.url, found.state, found.own) == sheet


def test_build_search_url_quotes_title_and_artist() -> None:
    song = make_song(title="Don't & do", artist="A/B")
    assert chord_sheets.build_search_url(song) == "https://duckduckgo.com/?q=Don%27t+%26+do+A%2FB+chords"


def people(entry: Entry) -> dict[str, tuple[Attendee | None, Any]]:
    """Everybody who might ask for the sheet, as (attendee, user)."""
    make_staff(host := make_user())
    entry.jam.hosts.add(host)
    return {
        "stranger": (None, NOBODY),
        "listener": (make_attendee(jam=entry.jam), NOBODY),
        "left": (make_attendee(jam=entry.jam, name="Lee", left_at=NOW), NOBODY),
        "elsewhere": (make_attendee(name="Eve"), NOBODY),
        "other host": (None, make_user(is_staff=True)),
        "musician": (make_attendee(jam=entry.jam, name="Dana"), NOBODY),
        "host": (None, host),
        "superuser": (None, make_user(is_staff=True, is_superuser=True)),
    }


@pytest.mark.parametrize(
    ("jam", "editors"),
    [
        ({}, ["musician", "host", "superuser"]),
        ({"musicians_edit_chords": False}, ["host", "superuser"]),
        ({"status": JamStatus.ENDED}, ["host", "superuser"]),
    ],
)
def test_may_read_and_may_edit_follow_the_policies(jam: dict[str, Any], editors: list[str]) -> None:
    entry = make_entry(jam=make_jam(**jam))
    everybody = people(entry)
    readers = [name for name, who in everybody.items() if chord_sheets.may_read(entry.jam, *who)]
    changed = []
    for name, (attendee, user) in everybody.items():
        url = f"https://{name.replace(' ', '-')}.example/"
        try:
            chord_sheets.set_chords(entry=entry, url=url, attendee=attendee, user=user, now=NOW)
        except ActionError as refusal:
            assert get_status(refusal) == 403  # noqa: PT017  (every person in turn)
        else:
            changed.append(name)
    assert readers == ["musician", "host", "superuser"]
    assert changed == editors
    assert [event.verb for event in Event.objects.all()] == ["set_chords"] * len(editors)


def test_set_chords_resets_the_state_and_can_be_cleared() -> None:
    entry = make_entry(song=make_song(chord_url=LIBRARY), chord_url=OWN, chord_state=ChordState.OK)
    musician = make_attendee(jam=entry.jam, name="Dana")
    for url, state in ((LIBRARY, ChordState.UNKNOWN), ("", ChordState.UNKNOWN)):
        assert chord_sheets.set_chords(entry=entry, url=url, attendee=musician, user=NOBODY, now=NOW)
        entry.refresh_from_db(fields=["chord_url", "chord_state"])
        assert (entry.chord_url, entry.chord_state) == (url, state)
    assert not chord_sheets.set_chords(entry=entry, url="  ", attendee=musician, user=NOBODY, now=NOW)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "ftp://x.example/",
        "data:text/html,x",
        "x",
        "//x.example",
        "https://x.example/\u202egnp",
        "https://" + "x" * 500,
    ],
)
def test_set_chords_refuses_what_is_no_web_address(url: str) -> None:
    entry = make_entry()
    musician = make_attendee(jam=entry.jam, name="Dana")
    with pytest.raises(ActionError) as refusal:
        chord_sheets.set_chords(entry=entry, url=url, attendee=musician, user=NOBODY, now=NOW)
    entry.refresh_from_db()
    assert (get_status(refusal.value), entry.chord_url) == (400, "")


def answers(client: Client, entry: Entry) -> str:
    """Return everything that the site tells this browser about the song."""
    jam = entry.jam.get_absolute_url()
    addresses = ["", "board/", "me/", f"songs/{entry.pk}/mine/", "suggest/?q=song"]
    pages = [f"{jam}{address}" for address in addresses] + [f"/songs/{entry.song_id}/", "/songs/"]
    got = [client.get(page, headers=htmx) for page in pages for htmx in ({}, {"HX-Request": "true"})]
    return "".join(response.content.decode() for response in got)


@pytest.mark.parametrize(
    ("who", "told"),
    [("stranger", False), ("listener", False), ("elsewhere", False), ("left", False), ("musician", True)],
)
def test_chord_sheet_is_shown_only_to_musicians_of_the_jam(who: str, told: bool) -> None:
    entry = make_entry(song=make_song(chord_url=LIBRARY), chord_url=OWN)
    browser = Browser(entry.jam, name={"musician": "Dana", "left": "Lee"}.get(who, ""))
    if who == "elsewhere":
        browser.at(make_jam(), name="Eve")
    if who == "left":
        browser.post("me/leave/")
    pages = answers(Client() if who == "stranger" else browser.client, entry)
    assert (OWN in pages, LIBRARY in pages, "duckduckgo" in pages) == (told, False, told)


def test_chord_sheet_is_shown_only_to_hosts_of_the_jam() -> None:
    host, other = make_user(is_staff=True), make_user(is_staff=True)
    entry = make_entry(jam=make_jam(hosts=(host,)), chord_url=OWN)
    told = []
    for user in (host, other):
        client = Client()
        client.force_login(user)
        told.append(OWN in answers(client, entry))
    assert told == [True, False]


def test_chord_sheet_link_sends_no_opener_or_referrer() -> None:
    entry = make_entry(chord_url=OWN)
    page = Browser(entry.jam, name="Dana").client.get(f"{entry.jam.get_absolute_url()}songs/{entry.pk}/mine/")
    assert f'href="{OWN}" target="_blank" rel="noopener noreferrer"' in page.content.decode()
