"""The jam page as guests see it: what is on the first screen, how songs are found, and that the list holds still."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from jams.models import Entry, EntryStatus, Jam, JamStatus, SignUps, Suggestions
from tests.browser.test_accessibility import DESKTOP, faults
from tests.browser.test_musicians import QUICK, musician, search
from tests.browser.test_voting import NO_NETWORK, heart, make_votes_by_others, open_jam, order, votes
from tests.builders import make_attendee, make_entry, make_jam, make_performance, make_song, make_venue, make_vote
from tests.phones import Phone
from tests.servers import Server, wait_until

NewPhone = Callable[..., Phone]
StartServer = Callable[..., Server]
NOW = timezone.now()
PARTS = [{"part": "vocals", "count": 2}, {"part": "guitar"}, {"part": "bass"}]
PLAYED: dict[str, Any] = {"status": EntryStatus.PLAYED, "started_at": NOW - timedelta(minutes=9), "finished_at": NOW}
LONG_WORD = "Donaudampfschifffahrtsgesellschaft"
LONG_ADDRESS = "https://songs.example/" + "a" * 178
REACHABLE = """
    () => [...document.querySelectorAll("#queue .heart")].filter((heart) => {
      const { x, y, width, height } = heart.getBoundingClientRect();
      const corners = [[x + 4, y + 4], [x + width - 4, y + height - 4]];
      return corners.every(([left, top]) => document.elementFromPoint(left, top) === heart);
    }).length
"""
OVERLAPS = """
    () => [...document.querySelectorAll("#queue .entry")].filter((row) => {
      const parts = [...row.querySelectorAll(".song-title, .song-by, .song-more, .wish")];
      const boxes = parts.map((part) => part.getBoundingClientRect());
      const beside = (a, b) => a.right <= b.left + 1 || b.right <= a.left + 1;
      const apart = (a, b) => beside(a, b) || a.bottom <= b.top + 1 || b.bottom <= a.top + 1;
      return boxes.some((a, at) => boxes.slice(at + 1).some((b) => !apart(a, b)));
    }).map((row) => row.textContent.trim())
"""


def a_full_night(songs: int = 60, **values: Any) -> tuple[Jam, list[Entry]]:
    """A jam whose songs need players, have some, and are named in their order."""
    jam = make_jam(name="Lantern Open Jam", description="Bring your own sticks.", **values)
    dana = make_attendee(jam=jam, name="Dana")
    entries = [
        make_entry(jam=jam, song=make_song(title=f"Song {number:02}", artist="Them", key="Am", parts=PARTS))
        for number in range(songs)
    ]
    for entry in entries[::2]:
        make_performance(entry=entry, attendee=dana, part="bass")
    return jam, entries


def put_on_stage(jam: Jam) -> None:
    entry = make_entry(jam=jam, song=make_song(title="Chameleon"), status=EntryStatus.PLAYING, started_at=NOW)
    make_performance(entry=entry)


def shown(page: Page) -> list[str]:
    return page.locator("#queue > .entry:visible .song-title").all_inner_texts()


def place(row: Locator) -> float:
    """Return how far the top of `row` is below the top of the screen, in CSS pixels."""
    return float(row.evaluate("row => row.getBoundingClientRect().top"))


@pytest.mark.parametrize(
    ("options", "stage", "name", "least"),
    [({}, False, "", 3), ({}, True, "", 3), ({}, True, "Cleo", 2), (DESKTOP, True, "", 6)],
    ids=["phone", "phone with a song on stage", "musician", "desktop"],
)
def test_first_screen_shows_hearts(
    new_phone: NewPhone, options: dict[str, Any], stage: bool, name: str, least: int
) -> None:
    jam, _entries = a_full_night(20)
    if stage:
        put_on_stage(jam)
        make_entry(jam=jam, status=EntryStatus.ON_DECK, on_deck_at=NOW)
    phone = new_phone(**options)
    page = musician(phone, jam, name, "bass") if name else open_jam(phone, jam)
    page.reload()
    assert page.evaluate(REACHABLE) >= least


def test_rows_are_low_and_hearts_large(new_phone: NewPhone) -> None:
    jam, entries = a_full_night(6)
    for _ in range(12):
        make_vote(entry=entries[0])
    page = open_jam(new_phone(), jam)
    sizes = "all => all.map(one => one.getBoundingClientRect()).map(({width, height}) => [width, height])"
    rows, hearts = (page.locator(f"#queue {what}").evaluate_all(sizes) for what in (".entry", ".heart"))
    assert [height for _width, height in rows if height > 76] == []
    assert [size for size in hearts if min(size) < 56] == []


@pytest.mark.parametrize(("options", "screens"), [({}, 7), (DESKTOP, 4)], ids=["phone", "desktop"])
def test_sixty_songs_fit_on_a_few_screens(new_phone: NewPhone, options: dict[str, Any], screens: int) -> None:
    page = open_jam(new_phone(**options), a_full_night(60)[0])
    height, screen = page.evaluate("[document.documentElement.scrollHeight, innerHeight]")
    assert height <= screens * screen


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("dont look", ["Don't Look Back in Anger"]),
        ("don\N{RIGHT SINGLE QUOTATION MARK}t", ["Don't Look Back in Anger"]),
        ("BEYONCE", ["Déjà Vu"]),
        ("acdc", ["Thunderstruck"]),
        ("lask", ["Łaskowyj"]),
        ("anger oasis", ["Don't Look Back in Anger"]),
        ("???", ["???"]),
        ("ドア", ["高い壁には幾千のドア"]),
        ("nothing like it", []),
    ],
)
def test_finder_filters_as_one_types(new_phone: NewPhone, typed: str, found: list[str]) -> None:
    jam = make_jam()
    names = {"Don't Look Back in Anger": "Oasis", "Déjà Vu": "Beyoncé", "Thunderstruck": "AC/DC", "Łaskowyj": "Moje"}
    names |= {"???": "!!!", "高い壁には幾千のドア": "R.E.M."}
    for title, artist in names.items():
        make_entry(jam=jam, song=make_song(title=title, artist=artist))
    page = open_jam(new_phone(), jam)
    page.get_by_label("Find in this list").last.press_sequentially(typed)
    expect(page.locator("#queue > .entry:visible")).to_have_count(len(found))
    assert shown(page) == found
    expect(page.locator("#view-empty")).to_be_visible(visible=not found)


def test_finder_works_offline_and_through_updates(new_phone: NewPhone, server: Server) -> None:
    jam, (first, second, _third) = a_full_night(3)
    phone = new_phone()
    page = open_jam(phone, jam)
    page.locator("#find").fill("02")
    assert shown(page) == ["Song 02"]
    make_votes_by_others(server, jam, second)
    expect(votes(page, second)).to_have_text("2")
    assert shown(page) == ["Song 02"]
    phone.expect_error(NO_NETWORK)
    phone.context.set_offline(True)
    page.locator("#find").fill("00")
    assert shown(page) == [first.song.title]


def test_finder_ends_in_a_suggestion_of_the_typed_words(new_phone: NewPhone) -> None:
    jam, _entries = a_full_night(3)
    page = open_jam(new_phone(), jam)
    page.locator("#find").fill("Wonderwall")
    page.get_by_role("link", name="Suggest it").tap()
    expect(page.locator("#suggest-q")).to_have_value("Wonderwall")


def test_finder_works_without_javascript(new_phone: NewPhone) -> None:
    jam, _entries = a_full_night(3)
    page = new_phone(java_script_enabled=False).page
    page.goto(jam.get_absolute_url())
    page.locator("#find").fill("song 01")
    page.get_by_role("button", name="Filter").click()
    assert shown(page) == ["Song 01"]
    page.get_by_role("link", name="Suggest it").click()
    expect(page.locator("#suggest-q")).to_have_value("song 01")


def test_row_under_the_thumb_stays_when_others_vote(new_phone: NewPhone, server: Server) -> None:
    jam, entries = a_full_night(60)
    page = open_jam(new_phone(), jam)
    row = page.locator(f"#entry-{entries[30].pk}")
    row.evaluate("row => row.scrollIntoView({ block: 'center' })")
    neighbours, before = order(page)[28:33], place(row)
    for entry in (entries[32], entries[58], entries[31]):  # two on the screen and one below it
        make_votes_by_others(server, jam, entry)
        expect(votes(page, entry)).to_have_text("2")
    now = order(page)
    assert abs(place(row) - before) <= 1
    assert now[now.index("Song 28") :][:5] == neighbours
    page.get_by_role("button", name="Order changed · show").tap()
    expect(page.locator("#show-order")).to_be_hidden()
    assert order(page)[:3] == ["Song 31", "Song 32", "Song 58"]
    expect(page.locator(f"#entry-{entries[31].pk}")).to_be_in_viewport()


def test_own_tap_never_moves_the_page(new_phone: NewPhone) -> None:
    jam, entries = a_full_night(60)
    page = open_jam(new_phone(), jam)
    own = heart(page, entries[50])
    own.evaluate("heart => heart.scrollIntoView({ block: 'center' })")
    before = (page.evaluate("scrollY"), place(own))
    own.tap()
    expect(votes(page, entries[50])).to_have_text("1")
    expect(page.locator("#show-order")).to_be_visible()
    assert (page.evaluate("scrollY"), place(own)) == before


def test_new_song_and_start_move_nothing_on_the_screen(new_phone: NewPhone, start_server: StartServer) -> None:
    jam, entries = a_full_night(40)
    page = open_jam(new_phone(base_url=start_server(**QUICK).url), jam)
    row = page.locator(f"#entry-{entries[20].pk}")
    row.evaluate("row => row.scrollIntoView({ block: 'center' })")
    before = place(row)
    Entry.objects.filter(pk=entries[3].pk).update(status=EntryStatus.PLAYING, started_at=NOW)
    make_entry(jam=jam, song=make_song(title="Aardvark"), status=EntryStatus.ON_DECK, on_deck_at=NOW)
    expect(page.locator("#on-stage")).to_contain_text("Song 03")
    expect(page.locator("#queue .entry")).to_have_count(40)
    assert abs(place(row) - before) <= 1
    assert order(page)[0] == "Aardvark"


def test_suggestion_has_my_heart_and_the_toast_leads_to_it(new_phone: NewPhone) -> None:
    jam, _entries = a_full_night(60)
    make_song(title="Wonderwall")
    page = open_jam(new_phone(), jam)
    search(page, "wonderwall")
    page.get_by_role("button", name="Suggest Wonderwall").click()
    expect(page.locator("#sheet")).to_be_hidden()
    page.locator("#toasts").get_by_role("link", name="Show").focus()  # the toast stays however late the song comes
    row = page.locator("#queue .entry", has_text="Wonderwall")
    expect(row.locator(".heart")).to_have_attribute("aria-pressed", "true")
    expect(row.locator(".votes")).to_have_text("1")
    page.locator("#toasts").get_by_role("link", name="Show").tap()
    expect(row).to_be_in_viewport()
    expect(page.locator("#toasts .toast")).to_have_count(0)
    row.locator(".heart").tap()
    expect(row.locator(".votes")).to_have_text("0")


def test_last_call_is_told_and_nothing_closed_is_offered(new_phone: NewPhone, start_server: StartServer) -> None:
    jam, _entries = a_full_night(60)
    page = musician(new_phone(base_url=start_server(**QUICK).url), jam, "Cleo", "guitar")
    page.locator("#queue .entry").last.scroll_into_view_if_needed()
    expect(page.locator(".badge-missing").first).to_be_visible()
    jam.suggestions, jam.sign_ups = Suggestions.OFF, SignUps.CLOSED
    jam.save()
    expect(page.locator("#toasts")).to_contain_text("Last call: sign-ups and suggestions are closed.")
    expect(page.locator("#jam-state")).to_contain_text("Last call")
    for gone in (".badge-missing", ".play-word", "#suggest", "#suggest-missing"):
        expect(page.locator(f"{gone}:visible")).to_have_count(0)
    before = page.locator("#queue .song-players").first.evaluate("row => getComputedStyle(row, '::before').content")
    assert before == "none", "no row begins with the dot that follows what is hidden"


def test_ended_night_shows_first_what_was_played(new_phone: NewPhone) -> None:
    jam, entries = a_full_night(4, status=JamStatus.ENDED)
    for entry in entries[:3]:  # nobody wanted the last one
        make_vote(entry=entry)
    for title in ("Creep", "Valerie"):
        song = make_song(title=title)
        make_entry(
            jam=jam, song=song, status=EntryStatus.PLAYED, started_at=NOW - timedelta(minutes=9), finished_at=NOW
        )
    page = open_jam(new_phone(), jam)
    titles = page.locator("#board .song-title:visible").all_inner_texts()
    headings = page.locator("#board h2:visible").all_inner_texts()
    assert (titles, headings) == (["Valerie", "Creep"], ["Played", "Wanted, not played"])
    page.get_by_text("Wanted, not played").tap()
    expect(page.locator("#queue > .entry:visible")).to_have_count(3)
    expect(page.locator("#queue .badge:visible")).to_have_count(0)
    assert "tonight" not in page.locator("main").inner_text().lower()


def test_hearts_are_visible_in_forced_colours(new_phone: NewPhone) -> None:
    jam, (entry,) = a_full_night(1)
    page = open_jam(new_phone(forced_colors="active"), jam)
    off = count_drawn_pixels(heart(page, entry))
    heart(page, entry).tap()
    expect(heart(page, entry)).to_have_attribute("aria-pressed", "true")
    expect(votes(page, entry)).to_have_text("1")
    on = count_drawn_pixels(heart(page, entry))
    assert 40 < off < on


def count_drawn_pixels(button: Locator) -> int:
    """Return how many pixels in the left half of `button`, where the heart is, stand out from its background."""
    picture = Image.open(BytesIO(button.screenshot())).convert("L")
    levels = list(picture.crop((0, 0, picture.width // 2, picture.height)).tobytes())
    return sum(abs(level - levels[0]) > 96 for level in levels)


@pytest.mark.parametrize("letters", ["100%", "200%"])
def test_longest_words_overlap_nothing_on_a_small_phone(new_phone: NewPhone, letters: str) -> None:
    jam = make_jam(name=LONG_WORD, description=LONG_ADDRESS)
    put_on_stage(jam)
    for title, artist in ((LONG_WORD, LONG_ADDRESS), (LONG_ADDRESS, LONG_WORD), ("Short", "Short")):
        entry = make_entry(jam=jam, song=make_song(title=title, artist=artist, key="Bbm", parts=PARTS))
        for part in ("vocals", "guitar", "bass", "drums", "keys", "other"):
            make_performance(entry=entry, part=part)
    page = open_jam(new_phone(viewport={"width": 320, "height": 640}), jam)
    page.evaluate("size => (document.documentElement.style.fontSize = size)", letters)
    page.locator(".jam-about summary").tap()
    expect(page.locator(".jam-about")).to_have_attribute("open", "")
    assert page.evaluate(OVERLAPS) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    assert faults(page) == []


def test_longest_words_widen_no_page_for_guests(new_phone: NewPhone) -> None:
    venue = make_venue(name=LONG_WORD, address=LONG_ADDRESS[:120])
    jam = make_jam(name=LONG_WORD, description=LONG_ADDRESS, venue=venue)
    song = make_song(title=LONG_ADDRESS, artist=LONG_WORD * 2)
    make_entry(jam=jam, song=song)
    make_entry(jam=jam, song=make_song(title=LONG_WORD * 2, artist=LONG_ADDRESS), **PLAYED)
    page = new_phone().page
    own = [f"{jam.get_absolute_url()}{part}" for part in ("", "suggest/", "running-order/", "stage/")]
    found = f"/search/?q={LONG_WORD}"
    widened = []
    for path in ["/", "/jams/", "/songs/", song.get_absolute_url(), "/venues/", venue.get_absolute_url(), found, *own]:
        page.goto(path)
        for width in (360, 1440):
            page.set_viewport_size({"width": width, "height": 740})
            if page.evaluate("document.documentElement.scrollWidth") > width:
                widened.append((path, width))
    assert widened == []


def test_fields_have_at_least_16_pixels(new_phone: NewPhone) -> None:
    jam, _entries = a_full_night(2)
    page = open_jam(new_phone(), jam)
    page.locator("#me-summary").tap()
    expect(page.get_by_label("Your name at this jam")).to_be_visible()
    sizes = page.locator("main :is(input:not([type=checkbox]), select)").evaluate_all(
        "all => all.map((field) => parseFloat(getComputedStyle(field).fontSize))"
    )
    assert len(sizes) > 3
    assert [size for size in sizes if size < 16] == []


def test_token_never_stands_in_an_address(new_phone: NewPhone) -> None:
    jam, (entry,) = a_full_night(1)
    page = open_jam(new_phone(), jam)
    asked: list[tuple[str, str]] = []
    page.on("request", lambda request: asked.append((request.method, request.url)))
    for count in ("1", "0"):
        heart(page, entry).tap()
        expect(votes(page, entry)).to_have_text(count)
    assert [method for method, _address in asked] == ["PUT", "DELETE"]
    assert [address for _method, address in asked if "token" in address.lower()] == []


def test_stage_stands_beside_the_list_on_a_desktop(new_phone: NewPhone) -> None:
    jam, _entries = a_full_night(60)
    put_on_stage(jam)
    page = open_jam(new_phone(**DESKTOP), jam)
    stage, queue = (page.locator(selector).bounding_box() for selector in ("#on-stage", "#queue"))
    assert stage
    assert queue
    assert stage["x"] >= queue["x"] + queue["width"]
    page.mouse.wheel(0, 1500)
    wait_until(lambda: page.evaluate("scrollY") > 1000)
    expect(page.locator("#on-stage")).to_be_in_viewport()
    expect(page.locator("#suggest")).to_be_in_viewport()
    expect(page.locator(".song-players").first).to_be_visible()


def test_qr_code_is_in_sight_on_a_desktop_only(new_phone: NewPhone) -> None:
    jam, _entries = a_full_night(20)
    put_on_stage(jam)
    page = open_jam(new_phone(**DESKTOP), jam)
    expect(page.locator("#board-qr img")).to_be_in_viewport(ratio=1)
    assert page.locator("#board-qr img").evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    expect(open_jam(new_phone(), jam).locator("#board-qr")).to_be_hidden()


def test_jam_can_be_added_to_a_calendar(new_phone: NewPhone) -> None:
    jam, _entries = a_full_night(1)
    page = open_jam(new_phone(), jam)
    page.locator(".jam-about summary").tap()
    with page.expect_download() as download:
        page.get_by_role("link", name="Add to calendar").tap()
    assert "SUMMARY:Lantern Open Jam" in download.value.path().read_text()


@pytest.mark.parametrize("can_share", [True, False])
def test_link_is_handed_to_another_app_where_the_browser_can(new_phone: NewPhone, can_share: bool) -> None:
    jam, _entries = a_full_night(1)
    phone = new_phone()
    share = "async (data) => { window.shared = data; }" if can_share else "undefined"
    phone.page.add_init_script(f"Object.defineProperty(navigator, 'share', {{ value: {share} }});")
    page = open_jam(phone, jam)
    page.get_by_role("button", name="Share").tap()
    send = page.get_by_role("button", name="Send the link")
    expect(send).to_have_count(int(can_share))
    if can_share:
        send.tap()
    shared = {"title": jam.name, "url": page.locator("#share-link").input_value()} if can_share else None
    wait_until(lambda: page.evaluate("window.shared ?? null") == shared)
