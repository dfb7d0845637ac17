"""What comes out of the printer, on A4 and Letter: pages, black letters, and a QR code that leads to the jam."""

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import segno
from PIL import Image
from playwright.sync_api import Page

from jams.models import EntryStatus, Jam
from tests.browser.test_accessibility import faults
from tests.browser.test_host import log_in
from tests.builders import make_attendee, make_entry, make_jam, make_performance, make_song, make_venue
from tests.hosts import make_host
from tests.phones import Phone
from tests.servers import Server

NewPhone = Callable[..., Phone]
DESKTOP = {"viewport": {"width": 1440, "height": 900}, "has_touch": False, "is_mobile": False}
SONGS = 40
LONG_NAME = (
    "The very long night of all the songs that nobody has ever dared to play on any stage of this town before, part two"
)
# Text that would be pale on paper, and what has no place there.
PALE = """() => {
  const seen = (element) => element.checkVisibility({ visibilityProperty: true });
  const levels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const isDark = (colour) => Math.max(...levels(colour).slice(0, 3)) < 100;
  const isWhite = (colour) => levels(colour)[3] === 0 || Math.min(...levels(colour).slice(0, 3)) === 255;
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const pale = [];
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !seen(element) || element.closest(".visually-hidden")) continue;
    if (!isDark(getComputedStyle(element).color)) pale.push(`${element.className || element.tagName} is pale`);
    for (let at = element; at; at = at.parentElement)
      if (!isWhite(getComputedStyle(at).backgroundColor)) pale.push(`${at.className || at.tagName} is not white`);
  }
  const screenOnly = "nav, button, .button, .site-header, .site-footer, input, .me, .queue-head";
  for (const element of document.querySelectorAll(screenOnly))
    if (seen(element)) pale.push(`${element.className || element.tagName} is printed`);
  return [...new Set(pale)];
}"""


@pytest.fixture
def jam(transactional_db: None) -> Jam:
    """A jam with a room code, one song on stage, many to come and one that was played."""
    venue = make_venue(name="The Lantern", address="12 Harbour Street", time_zone="Europe/Vienna")
    starts_at = datetime(2027, 1, 15, 19, 30, tzinfo=UTC)
    jam = make_jam(name="Lantern Open Jam", venue=venue, starts_at=starts_at, room_secret="secret", code="abcde")
    played = {"status": EntryStatus.PLAYED, "started_at": starts_at, "finished_at": starts_at + timedelta(minutes=4)}
    make_entry(jam=jam, song=make_song(title="Played"), **played)
    make_entry(jam=jam, song=make_song(title="On stage", key="Am"), status=EntryStatus.PLAYING, started_at=starts_at)
    dana = make_attendee(jam=jam, name="Dana")
    for number in range(SONGS):
        make_performance(entry=make_entry(jam=jam, song=make_song(title=f"To come {number}")), attendee=dana)
    return jam


@pytest.fixture
def desk(new_phone: NewPhone, server: Server, jam: Jam) -> Page:
    """A host's computer."""
    host = make_host()
    jam.hosts.add(host)
    return log_in(new_phone(**DESKTOP), server, host).page


def rename(jam: Jam, name: str) -> None:
    jam.name = name
    jam.save()


def count_pages(page: Page, paper: str) -> int:
    return len(re.findall(rb"/Type /Page\b", page.pdf(format=paper, print_background=False)))


def read_modules(picture: Image.Image, border: int, size: int) -> list[list[int]]:
    """Return 1 for each black module of the QR code in `picture`, measured in the middle of the module."""
    step = picture.width / (size + 2 * border)
    middles = [(border + at + 0.5) * step for at in range(size)]
    black = picture.convert("L").point(lambda level: level < 128, mode="1")
    return [[int(bool(black.getpixel((int(x), int(y))))) for x in middles] for y in middles]


def code_of(server: Server, jam: Jam) -> list[list[int]]:
    """Return the modules of the code that leads to the jam, at the address that the stage screen names."""
    (host,) = re.findall(r'stage-address"><bdi>(\S+?)/j/', server.get(f"{jam.get_absolute_url()}stage/").text)
    return [list(row) for row in segno.make(f"http://{host}{jam.get_absolute_url()}", error="m").matrix]


@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize("name", ["Jam", LONG_NAME])
def test_poster_and_table_cards_fill_one_page(desk: Page, jam: Jam, paper: str, name: str) -> None:
    rename(jam, name)
    pages = {}
    for path in ("poster/", "table-cards/"):
        desk.goto(f"{jam.get_absolute_url()}{path}")
        pages[path] = count_pages(desk, paper)
    assert pages == {"poster/": 1, "table-cards/": 1}


def test_poster_holds_all_its_words(desk: Page, jam: Jam) -> None:
    desk.goto(f"{jam.get_absolute_url()}poster/")
    words = desk.locator(".flyer").inner_text()
    for part in (jam.name, "Friday 15 January, 20:30", "The Lantern", "12 Harbour Street", "/j/abcde", "room code"):
        assert part in words


def test_poster_and_table_cards_cut_off_no_long_name(desk: Page, jam: Jam) -> None:
    rename(jam, LONG_NAME)
    desk.emulate_media(media="print")
    desk.set_viewport_size({"width": 794, "height": 1056})  # pixels of the narrower and of the shorter paper
    for path in ("poster/", "table-cards/"):
        desk.goto(f"{jam.get_absolute_url()}{path}")
        cut = "(flyers) => flyers.filter((flyer) => flyer.scrollHeight > flyer.clientHeight + 1).length"
        assert LONG_NAME in desk.locator(".flyer").first.inner_text()
        assert desk.locator(".flyer").evaluate_all(cut) == 0


def test_running_order_prints_on_two_or_three_pages(desk: Page, jam: Jam) -> None:
    desk.goto(f"{jam.get_absolute_url()}running-order/")
    assert desk.locator(".running tbody tr").count() == SONGS + 2
    assert count_pages(desk, "A4") in (2, 3)
    assert count_pages(desk, "Letter") in (2, 3)
    desk.emulate_media(media="print")
    breaks = "(rows) => [...new Set(rows.map((row) => getComputedStyle(row).breakInside))]"
    assert desk.locator(".running tr").evaluate_all(breaks) == ["avoid"]


def test_printed_pages_are_black_on_white(desk: Page, jam: Jam, start_server: Callable[..., Server]) -> None:
    """On a server of its own, whose lists are not those of another test."""
    server = start_server()
    desk.emulate_media(media="print")
    public, own = jam.get_absolute_url(), f"/host/{jam.slug}/"
    made_for_paper = [f"{public}{path}" for path in ("poster/", "table-cards/", "running-order/")]
    pale = {}
    for path in (public, *made_for_paper, own, f"{own}report/", "/", "/jams/", "/songs/", jam.venue.get_absolute_url()):
        desk.goto(server.url + path)
        pale[path] = desk.evaluate(PALE)
    assert {path: found for path, found in pale.items() if found} == {}


def test_jam_page_prints_what_is_folded(desk: Page, jam: Jam) -> None:
    desk.goto(jam.get_absolute_url())
    folded = desk.locator(".played-songs")
    assert not folded.evaluate("(list) => list.checkVisibility()")
    desk.emulate_media(media="print")
    assert folded.evaluate("(list) => list.checkVisibility()")


def test_qr_code_on_the_poster_leads_to_the_jam(desk: Page, server: Server, jam: Jam) -> None:
    desk.goto(f"{jam.get_absolute_url()}poster/")
    expected = code_of(server, jam)
    picture = Image.open(io.BytesIO(desk.locator(".flyer img").screenshot()))
    assert read_modules(picture, 2, len(expected)) == expected


def test_qr_code_is_a_file_to_download(desk: Page, server: Server, jam: Jam) -> None:
    desk.goto(f"/host/{jam.slug}/share/")
    expected = code_of(server, jam)
    with desk.expect_download() as download:
        desk.get_by_role("link", name="Download as PNG").click()
    assert download.value.suggested_filename == f"{jam.slug}.png"
    picture = Image.open(download.value.path())
    assert picture.width >= 1000
    assert read_modules(picture, 4, len(expected)) == expected
    with desk.expect_download() as download:
        desk.get_by_role("link", name="Download as SVG").click()
    assert download.value.suggested_filename == f"{jam.slug}.svg"
    assert "<svg" in download.value.path().read_text()


def test_pages_to_print_have_no_accessibility_violations(desk: Page, jam: Jam) -> None:
    addresses = [f"{jam.get_absolute_url()}{path}" for path in ("poster/", "table-cards/", "running-order/")]
    found = {}
    for address in [*addresses, f"/host/{jam.slug}/share/"]:
        desk.goto(address)
        found[address] = faults(desk)
    assert {address: lines for address, lines in found.items() if lines} == {}
