"""Voting on phones, with and without a network."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, expect

from jams.models import Entry, Jam, Voting
from tests.builders import make_entry, make_jam, make_song
from tests.phones import Phone
from tests.servers import Server
from tests.visitors import Visit, Visitor
from votes.models import Vote

NewPhone = Callable[..., Phone]
NO_NETWORK = "ERR_INTERNET_DISCONNECTED|htmx:(sendError|afterRequest)"
NO_SERVER = "ERR_|WebSocket|htmx:(sendError|afterRequest)|object Event"


def a_night(*titles: str, **values: Any) -> tuple[Jam, list[Entry]]:
    jam = make_jam(**values)
    return jam, [make_entry(jam=jam, song=make_song(title=title)) for title in titles]


def open_jam(phone: Phone, jam: Jam) -> Page:
    phone.page.goto(jam.get_absolute_url())
    expect(phone.page.locator("#connection")).to_have_attribute("data-state", "live")
    return phone.page


def heart(page: Page, entry: Entry) -> Locator:
    return page.locator(f"#heart-{entry.pk}")


def votes(page: Page, entry: Entry) -> Locator:
    return page.locator(f"#votes-{entry.pk}")


def order(page: Page) -> list[str]:
    return page.locator("#queue .song-title").all_inner_texts()


def expect_order(page: Page, *titles: str) -> None:
    expect(page.locator("#queue .song-title")).to_have_text(list(titles))


def show_order(page: Page) -> None:
    """Let the page sort its queue, which it does not do by itself."""
    page.get_by_role("button", name="Order changed · show").click()


def test_tap_updates_another_phone_without_a_request(new_phone: NewPhone) -> None:
    jam, (_apple, banana) = a_night("Apple", "Banana")
    mine, theirs = open_jam(new_phone(), jam), open_jam(new_phone(), jam)
    requests: list[str] = []
    theirs.on("request", lambda request: requests.append(request.url))
    heart(mine, banana).tap()
    expect(votes(theirs, banana)).to_have_text("1")
    show_order(theirs)
    expect_order(theirs, "Banana", "Apple")
    expect(heart(mine, banana)).to_have_attribute("aria-pressed", "true")
    expect(heart(theirs, banana)).to_have_attribute("aria-pressed", "false")
    assert requests == []
    assert Vote.objects.filter(entry=banana).count() == 1


def test_heart_survives_a_reload_and_goes_off_with_a_second_tap(new_phone: NewPhone) -> None:
    jam, (song,) = a_night("Apple")
    page = open_jam(new_phone(), jam)
    heart(page, song).tap()
    expect(votes(page, song)).to_have_text("1")
    page.reload()
    expect(heart(page, song)).to_have_attribute("aria-pressed", "true")
    heart(page, song).tap()
    expect(votes(page, song)).to_have_text("0")
    assert Vote.objects.count() == 0


def test_heart_works_without_javascript(new_phone: NewPhone) -> None:
    jam, (_apple, banana) = a_night("Apple", "Banana")
    page = new_phone(java_script_enabled=False).page
    page.goto(jam.get_absolute_url())
    heart(page, banana).click()
    expect(heart(page, banana)).to_have_attribute("aria-pressed", "true")
    assert (order(page), votes(page, banana).inner_text()) == (["Banana", "Apple"], "1")
    heart(page, banana).click()
    assert votes(page, banana).inner_text() == "0"


def test_tap_without_network_waits_visibly_and_counts_once(new_phone: NewPhone) -> None:
    jam, (_apple, banana) = a_night("Apple", "Banana")
    phone, other = new_phone(), new_phone()
    page, watching = open_jam(phone, jam), open_jam(other, jam)
    phone.expect_error(NO_NETWORK)
    phone.context.set_offline(True)
    heart(page, banana).tap()
    expect(heart(page, banana)).to_have_class(re.compile("waiting"))
    expect(heart(page, banana)).to_have_attribute("aria-pressed", "true")
    assert Vote.objects.count() == 0
    phone.context.set_offline(False)
    expect(votes(watching, banana)).to_have_text("1")
    expect(heart(page, banana)).not_to_have_class(re.compile("waiting"))
    expect(heart(page, banana)).to_have_attribute("aria-pressed", "true")
    assert Vote.objects.filter(entry=banana).count() == 1


def test_last_tap_without_network_wins(new_phone: NewPhone) -> None:
    jam, (song,) = a_night("Apple")
    phone = new_phone()
    page = open_jam(phone, jam)
    phone.expect_error(NO_NETWORK)
    phone.context.set_offline(True)
    for pressed in ("true", "false", "true", "false"):
        heart(page, song).tap()
        expect(heart(page, song)).to_have_attribute("aria-pressed", pressed)
    phone.context.set_offline(False)
    expect(heart(page, song)).not_to_have_class(re.compile("waiting"))
    assert Vote.objects.count() == 0


def test_page_without_sockets_still_votes_and_polls(new_phone: NewPhone, server: Server) -> None:
    jam, (apple, banana) = a_night("Apple", "Banana")
    phone = new_phone()
    phone.page.route_web_socket(re.compile("/ws/"), lambda socket: socket.close(code=1011))
    phone.page.goto(jam.get_absolute_url())
    heart(phone.page, banana).tap()
    expect(votes(phone.page, banana)).to_have_text("1")
    show_order(phone.page)
    expect_order(phone.page, "Banana", "Apple")
    expect(heart(phone.page, banana)).to_have_attribute("aria-pressed", "true")
    make_votes_by_others(server, jam, apple)
    expect(votes(phone.page, apple)).to_have_text("2")
    expect(heart(phone.page, banana)).to_have_attribute("aria-pressed", "true")


def make_votes_by_others(server: Server, jam: Jam, entry: Entry) -> None:
    for _ in range(2):
        visitor = Visitor(server, jam)
        visitor.tap(entry).raise_for_status()
        visitor.http.close()


def test_keyboard_focus_is_kept_and_holds_the_order(new_phone: NewPhone, server: Server) -> None:
    jam, (apple, banana) = a_night("Apple", "Banana")
    page = open_jam(new_phone(has_touch=False, is_mobile=False), jam)
    heart(page, apple).focus()
    page.keyboard.press("Tab")  # to "Play", in the same row
    page.keyboard.press("Tab")
    expect(heart(page, banana)).to_be_focused()
    make_votes_by_others(server, jam, banana)
    expect(votes(page, banana)).to_have_text("2")
    page.keyboard.press("Enter")
    expect(votes(page, banana)).to_have_text("3")
    expect(heart(page, banana)).to_be_focused()
    assert order(page) == ["Apple", "Banana"]
    show_order(page)
    expect(page.locator("#queue .song-title").first).to_have_text("Banana")


def test_new_song_appears_and_hearts_and_focus_stay(new_phone: NewPhone, start_server: Callable[..., Server]) -> None:
    server = start_server(LIVE_RECHECK_SECONDS="0.2", BOARD_CACHE_SECONDS="1")
    jam, (apple,) = a_night("Apple")
    phone = new_phone(base_url=server.url, has_touch=False, is_mobile=False)
    page = open_jam(phone, jam)
    heart(page, apple).focus()
    page.keyboard.press("Enter")
    expect(heart(page, apple)).to_have_attribute("aria-pressed", "true")
    make_entry(jam=jam, song=make_song(title="Zebra"))
    expect(page.locator("#queue .entry")).to_have_count(2)
    expect(heart(page, apple)).to_have_attribute("aria-pressed", "true")
    expect(heart(page, apple)).to_be_focused()


def test_hearts_are_disabled_when_voting_closes(new_phone: NewPhone, start_server: Callable[..., Server]) -> None:
    server = start_server(LIVE_RECHECK_SECONDS="0.2", BOARD_CACHE_SECONDS="1")
    jam, (apple,) = a_night("Apple")
    page = open_jam(new_phone(base_url=server.url), jam)
    expect(heart(page, apple)).to_be_enabled()
    jam.voting = Voting.CLOSED
    jam.save()
    expect(heart(page, apple)).to_be_disabled()
    expect(page.locator("#jam-state")).to_contain_text("Voting is closed.")


def test_refused_tap_says_why_in_a_toast(new_phone: NewPhone, server: Server) -> None:
    server.expect("Conflict: /jams/")
    jam, (apple,) = a_night("Apple")
    phone = new_phone()
    page = open_jam(phone, jam)
    phone.expect_error("409|htmx:")
    Entry.objects.filter(pk=apple.pk).update(status="playing", started_at=jam.starts_at)
    heart(page, apple).tap()
    expect(page.locator("#toasts")).to_contain_text("This song is already on stage.")
    expect(heart(page, apple)).to_have_attribute("aria-pressed", "false")
    page.get_by_role("button", name="Close").click()
    expect(page.locator("#toasts .toast")).to_have_count(0)


def test_page_reconnects_when_its_server_returns(
    new_phone: NewPhone, start_server: Callable[..., Server], visit: Visit
) -> None:
    jam, (apple,) = a_night("Apple")
    server, other = (start_server(BOARD_CACHE_SECONDS="1") for _ in range(2))
    phone = new_phone(base_url=server.url)
    phone.expect_error(NO_SERVER)
    page = open_jam(phone, jam)
    server.stop()
    expect(page.locator("#connection")).not_to_have_attribute("data-state", "live")
    visit(other, jam).tap(apple)
    start_server(port=server.port, BOARD_CACHE_SECONDS="1")
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    expect(votes(page, apple)).to_have_text("1")


def test_markup_in_a_title_is_shown_as_text(new_phone: NewPhone) -> None:
    jam, (_song,) = a_night("<b>Bold</b> & 'quoted'")
    page = open_jam(new_phone(), jam)
    assert order(page) == ["<b>Bold</b> & 'quoted'"]
