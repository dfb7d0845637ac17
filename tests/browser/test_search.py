import re
from collections.abc import Callable

from playwright.sync_api import expect

from search.models import SearchChoice, SearchDay
from tests.browser.test_accessibility import DESKTOP, faults
from tests.builders import make_jam, make_song
from tests.phones import Phone
from tests.servers import Server, wait_until


def test_search_page_shows_results_while_typing(phone: Phone, server: Server):
    make_song(title="Purple Rain", artist="Prince")
    phone.page.goto(f"{server.url}/search/")
    phone.page.get_by_label("Songs, jams and venues").fill("purpel ra")
    expect(phone.page.locator("#found mark").first).to_have_text("Purple")
    expect(phone.page).to_have_url(re.compile(r"/search/\?q=purpel\+ra"))
    with phone.page.expect_request("**/search/log/"):
        phone.page.get_by_role("link", name="Purple Rain").click()
    expect(phone.page.get_by_role("heading", level=1)).to_have_text("Purple Rain")
    wait_until(SearchDay.objects.exists)
    assert list(SearchDay.objects.values_list("words", flat=True)) == ["purpel ra"]


def test_search_page_is_logged_by_its_script(phone: Phone, server: Server):
    """The server writes nothing for a page, so a script without a browser leaves no trace in the statistics."""
    phone.page.goto(f"{server.url}/search/?q=wonderwall")
    wait_until(SearchDay.objects.exists)
    assert list(SearchDay.objects.values_list("words", "searches", "results")) == [("wonderwall", 1, 0)]


def test_header_search_box_suggests_and_works_by_keyboard(new_phone: Callable[..., Phone], server: Server):
    song = make_song(title="Purple Rain", artist="Prince")
    make_jam(name="Purple Jam")
    page = new_phone(**DESKTOP).page
    page.goto(f"{server.url}/venues/")
    box, found = page.locator("#site-search"), page.locator("[role=listbox] [role=option]")
    box.fill("purpel")
    expect(found).to_have_text([re.compile("Purple Rain"), re.compile("Purple Jam"), "See all results"])
    expect(page.get_by_role("status").filter(has_text="2 suggestions")).to_be_attached()
    box.press("ArrowUp")
    expect(page.locator("[aria-selected=true]")).to_have_text("See all results")
    assert faults(page) == []
    box.press("Escape")
    expect(found.first).to_be_hidden()
    box.press("ArrowDown")
    box.press("ArrowDown")
    with page.expect_request("**/search/log/"):
        box.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Purple Rain")
    wait_until(SearchChoice.objects.exists)  # a beacon of a page that is left arrives a little later
    chosen = list(SearchChoice.objects.values_list("search__words", "kind", "target"))
    assert chosen == [("purpel", "song", song.pk)]


def test_search_is_reachable_from_any_page_on_a_phone(phone: Phone, server: Server):
    phone.page.goto(f"{server.url}/venues/")
    expect(phone.page.get_by_role("searchbox")).to_have_count(0)
    phone.page.get_by_role("link", name="Search", exact=True).click()
    expect(phone.page.get_by_label("Songs, jams and venues")).to_be_focused()


def test_api_docs_log_no_browser_errors(phone: Phone, server: Server):
    phone.page.goto(f"{server.url}/api/v1/docs")
    expect(phone.page.get_by_role("heading", level=1)).to_have_text("API, version 1")
    assert phone.page.evaluate("document.documentElement.scrollWidth") == 360
