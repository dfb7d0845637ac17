"""The stage screen on televisions and projectors: boxes are measured with the longest texts in several scripts."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from jams.identity.stage_link import derive_stage_key
from jams.models import Jam, JamStatus, SignUps
from songs.models import Song
from tests.browser.test_host import log_in
from tests.builders import make_attendee, make_entry, make_jam, make_performance, make_song
from tests.hosts import make_host
from tests.phones import Phone
from tests.servers import Server

NewPhone = Callable[..., Phone]
NOW = timezone.now()
SCREENS = [(1920, 1080), (1366, 768), (1280, 720), (800, 600)]
LONGEST = 200
TEXTS = {
    "latin": "Jumping Gypsy Queen Ångström ",
    "one word": "Donaudampfschifffahrtsgesellschaftskapitän",
    "arabic": "أغنية الليل الطويل في المدينة القديمة ",
    "thai": "เพลงกล่อมเด็กที่ยาวที่สุดในโลกนี้",
    "cjk": "千年の夜に響く長い長い歌",
}
CLOSING_WORDS = "That's all for tonight. Thanks for the music!"
TALL_LINES = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(".stage [data-fit] :not(.eyebrow) { line-height: 1.9 !important; }");
  document.adoptedStyleSheets.push(sheet);
  dispatchEvent(new Event("resize"));
}"""
# Everything that is cut off, outside its box or over something else.
FAULTS = """() => {
  const seen = (element) => element.checkVisibility() && element.getBoundingClientRect().width > 0;
  const all = (selector) => [...document.querySelectorAll(selector)].filter(seen);
  const name = (element) => element.className || element.tagName;
  const isInside = (one, other) => one.left >= other.left - 1 && one.right <= other.right + 1
    && one.top >= other.top - 1 && one.bottom <= other.bottom + 1;
  const isOver = (one, other) => one.left < other.right - 1 && other.left < one.right - 1
    && one.top < other.bottom - 1 && other.top < one.bottom - 1;
  const faults = [];
  const box = (element) => element.getBoundingClientRect();
  const screen = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
  for (const element of all(".stage, .stage :not(h1 *, .stage-title *)")) // not the words that are cut on purpose
    if (!isInside(box(element), screen)) faults.push(`${name(element)} is outside the screen`);
  const root = document.documentElement;
  if (root.scrollHeight > innerHeight || root.scrollWidth > innerWidth) faults.push("the page scrolls");
  for (const [inner, outer] of [["[data-fit] :not(.stage-title *)", "[data-fit]"], [".stage-share *", ".stage-share"]])
    for (const element of all(inner))
      if (!isInside(box(element), box(element.closest(outer)))) faults.push(`${name(element)} is outside its box`);
  const apart = [".stage-heading h1, .stage-connection, #live, .stage-share",
    ".stage-now, .stage-next, .stage-notice, .stage-fairness",
    ".eyebrow, .stage-title, .stage-artist, .stage-key, .stage-player, .stage-more, .stage-missing, .stage-words",
    ".stage-call, .stage-share img, .stage-address"];
  for (const elements of apart.map(all))
    for (const [at, one] of elements.entries())
      for (const other of elements.slice(at + 1))
        if (isOver(box(one), box(other))) faults.push(`${name(one)} is over ${name(other)}`);
  const lines = ".stage-title, .stage-artist, .stage-words, .stage-player, .stage-notice, .stage-fairness";
  for (const element of all(lines)) {
    const words = document.createRange();
    words.selectNodeContents(element);
    const isClamped = element.scrollHeight > element.clientHeight + 1;
    if (!isClamped && ![...words.getClientRects()].every((line) => isInside(line, box(element))))
      faults.push(`letters of ${name(element)} are cut`);
  }
  return faults;
}"""


def text_of(words: str) -> str:
    return (words * LONGEST)[:LONGEST].strip()


def add_song(jam: Jam, song: Song, names: list[str], **values: Any) -> None:
    entry = make_entry(jam=jam, song=song, **values)
    for name in names:
        make_performance(
            entry=entry, attendee=jam.attendees.filter(name=name).first() or make_attendee(jam=jam, name=name)
        )


def a_night(words: str, names: list[str], **values: Any) -> Jam:
    """A song on stage and two on deck, all three with this title and artist, and the same players."""
    jam = make_jam(name=words[:120].strip(), **values)
    for place, status in enumerate(("playing", "on_deck", "on_deck"), start=1):
        song = make_song(title=f"{place}{words[1:]}", artist=words, key="Bbm", parts=[{"part": "keys"}])
        add_song(jam, song, names, status=status, on_deck_at=NOW, started_at=NOW)
    return jam


def open_stage(new_phone: NewPhone, jam: Jam, size: tuple[int, int] = SCREENS[0]) -> Page:
    width, height = size
    screen = {"viewport": {"width": width, "height": height}, "has_touch": False, "is_mobile": False}
    page = new_phone(**screen).page
    page.goto(f"{jam.get_absolute_url()}stage/?key={derive_stage_key(jam)}")
    expect(page.locator("#connection")).to_have_text("Live")
    return page


def resize(page: Page, size: tuple[int, int]) -> None:
    """Set the size of the window, and return once the page has been redrawn."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    for _ in range(2):
        page.evaluate("new Promise(requestAnimationFrame)")


def measure(page: Page) -> dict[tuple[int, int], list[str]]:
    """Return the faults on each screen size."""
    found = {}
    for size in SCREENS:
        resize(page, size)
        found[size] = page.evaluate(FAULTS)
    return {size: faults for size, faults in found.items() if faults}


@pytest.mark.parametrize("words", TEXTS.values(), ids=TEXTS)
def test_longest_texts_stay_in_their_boxes(new_phone: NewPhone, words: str) -> None:
    names = [f"{number} {text_of(words)[:40]}" for number in range(9)]
    page = open_stage(new_phone, a_night(text_of(words), names, sign_ups=SignUps.CLOSED, room_secret="secret"))
    assert measure(page) == {}


def test_letters_as_tall_as_those_of_thai_are_not_cut(new_phone: NewPhone) -> None:
    """Whichever fonts the machine has, lines are as high as those of Noto's Thai and Urdu letters."""
    page = open_stage(new_phone, a_night(text_of(TEXTS["latin"]), [f"Musician {number}" for number in range(9)]))
    page.evaluate(TALL_LINES)
    assert measure(page) == {}


def test_ordinary_songs_are_shown_whole(new_phone: NewPhone) -> None:
    names = ["Lucas B.", "Jürgen", "Priya", "Otis", "Zoë", "Wiremu", "Dana", "Clara", "Maria Magdalena"]
    page = open_stage(new_phone, a_night("Message in a Bottle", names))
    assert measure(page) == {}
    shown = {}
    for size in SCREENS:
        resize(page, size)
        shown[size] = page.locator(".stage-now .stage-player:visible").count()
    assert shown == dict.fromkeys(SCREENS, 9)


def test_phone_shows_every_player_one_below_the_other(new_phone: NewPhone) -> None:
    """A phone scrolls, so nothing shrinks or is left out."""
    jam = a_night("Message in a Bottle", [f"Musician {number}" for number in range(9)])
    page = new_phone().page
    page.goto(f"{jam.get_absolute_url()}stage/")
    assert page.locator(".stage-player:visible").count() == 27
    assert [fault for fault in page.evaluate(FAULTS) if "outside the screen" not in fault] == ["the page scrolls"]
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    gaps = "(boxes) => boxes[1].getBoundingClientRect().top - boxes[0].lastElementChild.getBoundingClientRect().bottom"
    assert page.locator(".stage-now, .stage-next").evaluate_all(gaps) < 60


def test_players_who_do_not_fit_are_counted(new_phone: NewPhone) -> None:
    names = [f"{number} {'Somebody with a long name '[:26] * 2}"[:58] for number in range(9)]
    page = open_stage(new_phone, a_night(text_of(TEXTS["latin"]), names), (800, 600))
    boxes = page.locator("[data-fit]:has(.stage-player)")
    expect(boxes).to_have_count(3)
    for box in boxes.all():
        shown = box.locator(".stage-player:visible").count()
        assert shown < 9
        expect(box.locator(".stage-more")).to_have_text(f"+{9 - shown}")


@pytest.mark.parametrize("status", [JamStatus.ENDED, JamStatus.PAUSED, JamStatus.LIVE])
def test_words_without_a_song_are_never_cut(new_phone: NewPhone, status: JamStatus) -> None:
    page = open_stage(new_phone, make_jam(status=status, name="Lantern Open Jam"))
    assert measure(page) == {}
    assert page.locator(".stage-words").evaluate("(words) => getComputedStyle(words).overflow") == "visible"


def test_after_the_end_only_the_closing_words_are_shown(new_phone: NewPhone) -> None:
    jam = make_jam(status=JamStatus.ENDED, name="Lantern Open Jam")
    add_song(jam, make_song(title="Not played"), ["Dana"])
    page = open_stage(new_phone, jam)
    assert (
        re.sub(r"\s+", " ", page.locator("#main").inner_text()) == f"Lantern Open Jam Live Good night {CLOSING_WORDS}"
    )
    expect(page.locator(".stage-share")).to_be_hidden()


def test_television_with_the_link_follows_the_room_code(new_phone: NewPhone, server: Server) -> None:
    host = make_host()
    jam = make_jam(room_secret="secret", hosts=(host,))
    console = log_in(new_phone(), server, host).page
    console.goto(f"/host/{jam.slug}/share/")
    link = console.get_by_label("Link for the television").input_value()
    television = new_phone(viewport={"width": 1280, "height": 720}, has_touch=False, is_mobile=False).page
    television.goto(link.partition(str(server.port))[2])
    expect(television.locator("#room-code")).to_contain_text("Room code")
    console.get_by_role("button", name="Make a new link").tap()
    expect(console.get_by_label("Link for the television")).not_to_have_value(link)
    expect(television.locator("#room-code")).to_be_hidden()
