"""axe-core on every page, on a phone and on a desktop."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, expect

from jams.models import EntryStatus, Jam
from songs.parts import Part
from tests.browser.test_musicians import close_sheet, musician, open_sheet, search
from tests.builders import make_attendee, make_entry, make_jam, make_performance, make_song, make_vote
from tests.phones import Phone
from tests.servers import Server

NOW = timezone.now()
WITH_TARGET_SIZE = {"rules": {"target-size": {"enabled": True}}}  # axe leaves it out by default
DESKTOP = {"viewport": {"width": 1440, "height": 900}, "has_touch": False, "is_mobile": False}


def a_busy_night() -> Jam:
    """A jam with a song in every status that is public."""
    jam = make_jam(name="Friday Jam", description="Bring your own sticks.")
    parts = [{"part": "guitar"}, {"part": "drums"}]
    played = {"status": EntryStatus.PLAYED, "started_at": NOW - timedelta(minutes=9), "finished_at": NOW}
    make_entry(jam=jam, song=make_song(title="Played"), **played)
    make_entry(jam=jam, song=make_song(title="On stage"), status=EntryStatus.PLAYING, started_at=NOW)
    make_entry(jam=jam, song=make_song(title="Next"), status=EntryStatus.ON_DECK, on_deck_at=NOW)
    ready = make_entry(jam=jam, song=make_song(title="Ready", key="Am", tempo=120, parts=parts))
    for name, part in (("Dana", Part.GUITAR), ("Otis", Part.DRUMS)):
        make_performance(entry=ready, attendee=make_attendee(jam=jam, name=name), part=part)
    make_vote(entry=make_entry(jam=jam, song=make_song(title="Not ready", parts=parts)))
    return jam


def addresses(jam: Jam) -> list[str]:
    song = jam.entries.select_related("song").latest("pk").song
    lists = ["/", "/jams/", "/jams/?when=past", "/songs/", "/songs/?q=nothing", "/venues/", "/about/", "/privacy/"]
    own = [jam.get_absolute_url(), f"{jam.get_absolute_url()}stage/"]
    return [*lists, *own, song.get_absolute_url(), jam.venue.get_absolute_url(), "/nowhere/"]


def faults(page: Page) -> list[str]:
    """Return a line for each violation that axe finds: the rule and the element."""
    found = Axe().run(page, options=WITH_TARGET_SIZE).response["violations"]
    return [f"{one['id']}: {node['target']}" for one in found for node in one["nodes"]]


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None) -> Iterator[Server]:
    """A server whose lists are those of a busy night, of the first look or this one, and not of any other test."""
    server = Server(tmp_path_factory.mktemp("own") / "server.log")
    yield server
    server.stop()
    assert server.unexpected() == []


LOOKS: dict[str, dict[str, object]] = {
    "light phone": {"color_scheme": "light"},
    "dark phone": {"color_scheme": "dark"},
    "small phone": {"color_scheme": "light", "viewport": {"width": 320, "height": 640}},
    "small dark phone": {"color_scheme": "dark", "viewport": {"width": 320, "height": 640}},
    "forced colours": {"forced_colors": "active"},
    "light desktop": {**DESKTOP, "color_scheme": "light"},
    "dark desktop": {**DESKTOP, "color_scheme": "dark"},
}


@pytest.mark.parametrize("options", LOOKS.values(), ids=LOOKS)
def test_public_pages_have_no_accessibility_violations(
    new_phone: Callable[..., Phone], own_server: Server, options: dict[str, object]
) -> None:
    own_server.expect("Not Found: /nowhere/")
    jam = a_busy_night()
    phone = new_phone(base_url=own_server.url, **options)
    phone.expect_error("404")
    found = {}
    for address in addresses(jam):
        phone.page.goto(address)
        found[address] = faults(phone.page)
        if phone.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found[address].append("wider than the screen")
    assert {address: lines for address, lines in found.items() if lines} == {}


def test_musician_pages_have_no_accessibility_violations(new_phone: Callable[..., Phone]) -> None:
    jam = a_busy_night()
    page = musician(new_phone(), jam, "Cleo", "bass")
    found = {"strip": faults(page)}
    open_sheet(page, jam.entries.get(song__title="Ready"))
    found["sheet"] = faults(page)
    close_sheet(page)
    search(page, "nothing like it")
    expect(page.get_by_role("link", name="Can't find it? Add it yourself")).to_be_visible()
    found["suggestion"] = faults(page)
    assert {part: lines for part, lines in found.items() if lines} == {}
