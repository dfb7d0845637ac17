"""A page that is opened without a network."""

import pytest
from playwright.sync_api import expect

from tests.builders import make_jam
from tests.phones import Phone

pytestmark = pytest.mark.django_db


def test_page_opened_offline_says_so_and_loads_with_the_network(phone: Phone) -> None:
    phone.expect_error("ERR_INTERNET_DISCONNECTED")
    jam = make_jam(name="Friday Jam")
    phone.page.goto("/")
    phone.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    phone.context.set_offline(True)
    phone.page.goto(jam.get_absolute_url())
    expect(phone.page.get_by_role("heading", name="You're offline")).to_be_visible()
    assert phone.page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgba(0, 0, 0, 0)"
    phone.context.set_offline(False)
    expect(phone.page.get_by_role("heading", name="Friday Jam", level=1)).to_be_visible()
