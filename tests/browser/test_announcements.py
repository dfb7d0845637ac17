"""What a host says to everybody reaches open phones and the television at once, and folds away."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_host import log_in, open_console, open_tab, tap
from tests.browser.test_stage_screen import open_stage
from tests.builders import make_entry, make_jam
from tests.hosts import make_host
from tests.phones import Phone
from tests.servers import Server

FIRST, LONG = "Last orders in ten minutes", "Wiener-Walzer-Wunschkonzert " * 5  # 140 characters


def say(console: Page, words: str) -> None:
    open_tab(console, "Settings")
    fold = console.locator("#announce-fold")
    if not fold.evaluate("(fold) => fold.open"):
        fold.locator("summary").tap()
    console.get_by_label("One sentence").fill(words)
    tap(console, "Tell everybody", within="#announce-fold", toast="announced")


@pytest.mark.django_db(transaction=True)
def test_announcement_reaches_every_open_page_and_is_withdrawn(new_phone: Callable[..., Phone], server: Server) -> None:
    host = make_host()
    jam = make_jam(name="Loud night", hosts=(host,))
    for _number in range(12):
        make_entry(jam=jam)
    guest, stage = new_phone().page, open_stage(new_phone, jam)
    guest.goto(jam.get_absolute_url())
    expect(guest.locator("#connection")).to_have_attribute("data-state", "live")
    console = open_console(log_in(new_phone(), server, host), jam)
    said = guest.locator("#announcement")
    say(console, FIRST)
    expect(said.locator("p")).to_be_in_viewport()
    expect(said.locator("p")).to_have_text(FIRST)
    expect(guest.get_by_role("status").filter(has_text=FIRST)).to_have_count(1)  # read aloud
    expect(stage.locator(".stage-announcement")).to_have_text(FIRST)
    said.locator("summary").tap()
    expect(said.locator("p")).to_be_hidden()
    say(console, LONG)
    expect(said.locator("p")).to_be_visible()  # a new one is not folded away
    expect(stage.locator(".stage-announcement")).to_contain_text("Wiener-Walzer")
    late = new_phone().page
    late.goto(jam.get_absolute_url())
    expect(late.locator("#announcement p")).to_contain_text("Wiener-Walzer")
    tap(console, "Withdraw", toast="withdrew")
    expect(said.locator("details")).to_have_count(0)
    expect(stage.locator(".stage-announcement")).to_have_count(0)


@pytest.mark.django_db(transaction=True)
def test_long_announcement_in_large_letters_leaves_songs_on_a_small_phone(new_phone: Callable[..., Phone]) -> None:
    jam = make_jam(announcement=LONG)
    for _number in range(12):
        make_entry(jam=jam)
    page = new_phone(viewport={"width": 320, "height": 640}).page
    page.goto(jam.get_absolute_url())
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    said = page.locator("#announcement p")
    covered = page.locator(".announcement").bounding_box()
    assert covered
    assert covered["height"] < 640 / 2
    said.evaluate("(said) => said.scrollTo(0, said.scrollHeight)")  # its last words can be read
    assert said.evaluate("(said) => said.scrollTop + said.clientHeight >= said.scrollHeight - 1")
