"""A browser that blocks cookies, and a page that is older than its cookies."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_voting import heart, open_jam, votes
from tests.builders import make_entry
from tests.phones import Phone
from tests.servers import Server

pytestmark = pytest.mark.django_db


def test_tap_without_cookies_says_so_and_leads_on(phone: Phone, server: Server) -> None:
    phone.expect_error("403|htmx:")
    server.expect("Forbidden")
    entry = make_entry()
    page = open_jam(phone, entry.jam)
    phone.context.clear_cookies()
    heart(page, entry).tap()
    expect(page.locator("#toasts")).to_contain_text("Your browser blocks cookies")
    expect(heart(page, entry)).to_have_attribute("aria-pressed", "false")
    with page.expect_navigation():
        page.get_by_role("link", name="Reload the page").tap()
    heart(page, entry).tap()
    expect(votes(page, entry)).to_have_text("1")


def test_tap_on_an_old_page_says_so_and_leads_on(phone: Phone, server: Server) -> None:
    phone.expect_error("403|htmx:")
    server.expect("Forbidden")
    entry = make_entry()
    page = open_jam(phone, entry.jam)
    phone.context.clear_cookies(name="csrftoken")
    phone.context.add_cookies([{"name": "csrftoken", "value": "b" * 32, "url": server.url}])
    heart(page, entry).tap()
    expect(page.locator("#toasts")).to_contain_text("This page has expired")
    with page.expect_navigation():
        page.get_by_role("link", name="Reload the page").tap()
    heart(page, entry).tap()
    expect(votes(page, entry)).to_have_text("1")
