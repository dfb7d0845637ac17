"""Messages that overtake each other."""

import random
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from jams.live.close_codes import SHUTTING_DOWN
from tests.builders import make_entry
from tests.phones import Phone

pytestmark = pytest.mark.faults
NEWEST = 30


def catch_sockets(page: Page, caught: list[WebSocketRoute]) -> None:
    """Be the server of this page's sockets, which are `caught` as it opens them."""

    def catch(socket: WebSocketRoute) -> None:
        caught.append(socket)

    page.route_web_socket("**/ws/**", catch)


@pytest.mark.parametrize("seed", range(3))
def test_a_page_shows_the_newest_of_messages_in_any_order(new_phone: Callable[..., Phone], seed: int) -> None:
    entry = make_entry()
    numbers = random.Random(seed).sample(range(1, NEWEST + 1), NEWEST)
    sockets: list[WebSocketRoute] = []
    page = new_phone().page
    catch_sockets(page, sockets)
    page.goto(entry.jam.get_absolute_url())
    votes = page.locator(f"#votes-{entry.pk}")
    element = re.sub(r">\d+<", ">%d<", votes.evaluate("element => element.outerHTML"))
    expect(page.locator("#connection[data-state=live]")).to_have_count(1)
    for number in numbers:
        sockets[0].send(f'<data id="board-order" value="{10**16 + number}" hidden></data>{element % number}')
    expect(votes).to_have_text(re.compile(rf"\b{NEWEST}\b"))
    expect(page.locator("#board-order")).to_have_attribute("value", str(10**16 + NEWEST))


def test_pages_whose_process_stops_come_back_by_themselves(new_phone: Callable[..., Phone]) -> None:
    slug = make_entry().jam.slug
    sockets: list[WebSocketRoute] = []
    pages = [new_phone().page for _ in range(3)]
    for page in pages:
        catch_sockets(page, sockets)
        page.goto(f"/jams/{slug}/")
        expect(page.locator("#connection[data-state=live]")).to_have_count(1)
    for socket in sockets[:3]:
        socket.close(code=SHUTTING_DOWN)
    while len(sockets) < 6:
        pages[0].wait_for_timeout(100)
    for page in pages:
        expect(page.locator("#connection[data-state=live]")).to_have_count(1)
