import re

from playwright.sync_api import expect

from search.models import SearchDay
from tests.builders import make_song
from tests.phones import Phone
from tests.servers import Server


def test_typing_finds_without_leaving_the_page(phone: Phone, server: Server):
    make_song(title="Purple Rain", artist="Prince")
    phone.page.goto(f"{server.url}/search/")
    phone.page.get_by_label("Songs, jams and venues").press_sequentially("purpel ra", delay=20)
    expect(phone.page.locator("#found mark").first).to_have_text("Purple")
    expect(phone.page).to_have_url(re.compile(r"/search/\?q=purpel\+ra"))
    with phone.page.expect_request("**/search/heard/"):
        phone.page.get_by_role("link", name="Purple Rain").click()
    expect(phone.page.get_by_role("heading", level=1)).to_have_text("Purple Rain")
    assert set(SearchDay.objects.values_list("words", flat=True)) <= {"purpel ra"}


def test_the_api_docs_keep_the_console_empty(phone: Phone, server: Server):
    phone.page.goto(f"{server.url}/api/v1/docs")
    expect(phone.page.get_by_role("heading", level=1)).to_have_text("API, version 1")
    assert phone.page.evaluate("document.documentElement.scrollWidth") == 360
