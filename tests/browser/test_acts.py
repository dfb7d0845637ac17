"""Acts at an open mic, on the phones of those in them."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from jams.models import Band, Format, Jam
from tests.browser.test_accessibility import faults
from tests.browser.test_bands import Host
from tests.browser.test_host import log_in
from tests.browser.test_musicians import join, musician
from tests.browser.test_voting import open_jam
from tests.builders import make_jam
from tests.hosts import make_host
from tests.phones import Phone
from tests.servers import Server

NewPhone = Callable[..., Phone]


def open_mic(**values: Any) -> Jam:
    return make_jam(format=Format.OPEN_MIC, name="Lantern Open Mic", **values)


def sign_up(page: Page, name: str) -> str:
    """Sign an act up and return its code, which is told at once and stays on the panel."""
    page.get_by_role("link", name="Sign up to perform").click()
    page.get_by_label("Name of your act").fill(name)
    page.get_by_role("button", name="Sign up to perform").click()
    told = page.locator("#toasts").get_by_text("join with the code")
    expect(told).to_be_visible()
    found = re.search(r"the code (\w{5})\.", told.inner_text())
    assert found
    return found[1]


def open_panel(page: Page) -> None:
    if page.locator(".me-fold").get_attribute("open") is None:
        page.locator("#me-summary").click()


def test_founder_sees_a_friend_join_and_loses_nothing_typed(new_phone: NewPhone) -> None:
    jam = open_mic()
    ana = musician(new_phone(), jam, "Ana", "guitar")
    code = sign_up(ana, "Otters")
    open_panel(ana)
    expect(ana.locator("#me-panel")).to_contain_text("Your act: Otters")
    expect(ana.locator("#me-panel strong.code")).to_have_text(code)
    assert faults(ana) == []
    ana.get_by_text("Change your act").click()
    typed = ana.get_by_label("Name of your act")
    typed.fill("Otters and the")

    ben = musician(new_phone(), jam, "Ben", "bass")
    open_panel(ben)
    ben.get_by_text("Join somebody's act").click()
    ben.get_by_label("Code of the act").fill(code.upper())
    ben.get_by_role("button", name="Join this act").click()
    expect(ben.locator("#me")).to_contain_text("Your act: Otters")
    expect(ana.locator("#me-panel .song-players")).to_contain_text("Ben bass")
    expect(typed).to_have_value("Otters and the")
    expect(typed).to_be_focused()

    open_panel(ben)
    ben.get_by_text("Change what you play").click()
    expect(ben.get_by_label("Name of your act")).to_have_count(0)
    typed.fill("Otters and Stoats")
    typed.press("Enter")
    expect(ben.locator("#me-panel")).to_contain_text("Your act: Otters and Stoats")
    assert Band.objects.get().name == "Otters and Stoats"

    open_panel(ana)
    ana.get_by_role("button", name="Make a new code").click()
    expect(ana.locator("#me-panel strong.code")).not_to_have_text(code)
    new = ana.locator("#me-panel strong.code").text_content() or ""
    expect(ben.locator("#me-panel strong.code")).to_have_text(new)


def test_panel_that_was_open_shows_everything_new_once_it_is_closed(new_phone: NewPhone, server: Server) -> None:
    """The fields of a form do not change under the finger, but they do not stay old either."""
    user = make_host()
    jam = open_mic(hosts=(user,))
    ana = musician(new_phone(), jam, "Ana", "guitar")
    sign_up(ana, "Otters")
    open_panel(ana)
    Host(log_in(new_phone(), server, user), jam).run("rename_band", band=Band.objects.get().pk, name="Stoats")
    expect(ana.locator("#me-panel")).to_contain_text("Your act: Stoats")
    expect(ana.locator("#act-name")).to_have_value("Otters")
    ana.locator("#me-summary").click()
    expect(ana.locator("#act-name")).to_have_value("Stoats")


def test_guest_finds_where_to_sign_up_from_the_running_order(new_phone: NewPhone) -> None:
    page = open_jam(new_phone(), open_mic())
    link = page.get_by_role("link", name="Sign up to perform")
    link.click()
    expect(page.locator("#me-panel")).to_be_visible()
    page.locator("#me-summary").click()
    join(page, "Ana", "guitar")
    expect(page.locator("#me .me-name")).to_have_text("Ana")
    expect(page.locator("#me-songs")).to_have_text("sign up to perform")
    sign_up(page, "")
    expect(link).to_be_hidden()
