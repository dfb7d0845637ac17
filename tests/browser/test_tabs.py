"""Two tabs of one phone show the same: hearts, and who I am."""

import pytest
from playwright.sync_api import Page, expect

from jams.models import Jam
from tests.browser.test_jam_page import a_full_night
from tests.browser.test_musicians import join, open_own_part, search
from tests.browser.test_voting import heart, open_jam
from tests.builders import make_song
from tests.phones import Phone

pytestmark = pytest.mark.django_db


def open_tab(phone: Phone, jam: Jam) -> Page:
    page = phone.context.new_page()
    page.goto(jam.get_absolute_url())
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    return page


def test_heart_tapped_in_one_tab_turns_in_the_other(phone: Phone) -> None:
    jam, (entry, _other) = a_full_night(2)
    first = open_jam(phone, jam)
    second = open_tab(phone, jam)
    heart(second, entry).tap()
    expect(heart(first, entry)).to_have_attribute("aria-pressed", "true")
    heart(first, entry).tap()
    for page in (first, second):
        expect(heart(page, entry)).to_have_attribute("aria-pressed", "false")
        expect(page.locator(f"#heart-{entry.pk}")).to_have_count(1)


def test_suggestion_has_its_heart_in_the_other_tab(phone: Phone) -> None:
    jam, _entries = a_full_night(2)
    make_song(title="Wonderwall")
    first = open_jam(phone, jam)
    second = open_tab(phone, jam)
    search(second, "wonderwall")
    second.get_by_role("button", name="Suggest Wonderwall").click()
    for page in (first, second):
        row = page.locator("#queue .entry", has_text="Wonderwall")
        expect(row.locator(".heart")).to_have_attribute("aria-pressed", "true")


def test_who_joins_and_leaves_does_so_in_every_tab(phone: Phone) -> None:
    jam, _entries = a_full_night(1)
    first = open_jam(phone, jam)
    second = open_tab(phone, jam)
    join(second, "Cleo", "bass")
    expect(first.locator("#me[data-musician]")).to_have_count(1)
    open_own_part(second)
    second.get_by_text("Stop playing tonight").tap()
    second.get_by_role("button", name="Yes, stop playing").tap()
    for page in (first, second):
        expect(page.locator("#me[data-musician]")).to_have_count(0)
