"""Light and dark, by the device's preference or by the switch in the footer; and the language beside it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_accessibility import DESKTOP
from tests.builders import make_jam
from tests.phones import Phone

pytestmark = pytest.mark.django_db

NewPhone = Callable[..., Phone]


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


LIGHT, DARK = "rgb(250, 246, 240)", "rgb(18, 12, 26)"


@pytest.mark.parametrize(("preference", "shown"), [("light", LIGHT), ("dark", DARK)])
def test_page_has_the_colours_that_the_device_prefers(new_phone: NewPhone, preference: str, shown: str) -> None:
    page = new_phone(color_scheme=preference).page
    page.goto("/")
    assert background(page) == shown


def test_switch_changes_the_colours_of_all_pages_until_changed_back(new_phone: NewPhone) -> None:
    page = new_phone(color_scheme="dark").page
    jam = make_jam()
    page.goto("/")
    page.get_by_label("Colours").select_option("Light")
    page.goto(jam.get_absolute_url())
    chosen = (background(page), page.locator("meta[name=theme-color]").get_attribute("content"))
    page.get_by_label("Colours").select_option("Colours of this device")
    assert (chosen, background(page)) == ((LIGHT, "#faf6f0"), DARK)


def test_television_is_dark_in_light_surroundings(new_phone: NewPhone) -> None:
    page = new_phone(color_scheme="light", **DESKTOP).page
    page.goto(f"{make_jam().get_absolute_url()}stage/")
    assert background(page) == DARK


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_language_switch_comes_back_to_the_page(new_phone: NewPhone, scripts: bool) -> None:
    page = new_phone(java_script_enabled=scripts).page
    jam = make_jam()
    for path in ("/jams/?when=past", jam.get_absolute_url()):
        page.goto(path)
        for name, code in (("Deutsch", "de"), ("English", "en")):
            page.get_by_role("button", name=name).click()
            expect(page.locator("html")).to_have_attribute("lang", code)
            assert page.url.endswith(path)


def test_page_in_the_browsers_own_cache_follows_the_language(new_phone: NewPhone) -> None:
    page = new_phone().page
    page.goto("/songs/")
    page.goto("/about/")
    page.get_by_role("button", name="Deutsch").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    page.goto("/songs/")
    expect(page.locator("html")).to_have_attribute("lang", "de")
