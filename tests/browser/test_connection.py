"""What a page says of its connection, and what it does when it hears nothing, though no connection has ended."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, WebSocket, expect

from jams.live.hub import HEARTBEAT
from jams.models import Entry
from tests.builders import make_entry, make_jam
from tests.faults.wire import Wire, to_port
from tests.phones import Phone
from tests.servers import PATIENCE, Server
from tests.visitors import Visit
from votes.models import Vote

TROUBLE = "WebSocket|htmx:|ERR_|object Event"
SILENCE = 15_000  # milliseconds, a little more than pages wait for a sign of life


@pytest.fixture
def wire(server: Server) -> Iterator[Wire]:
    with Wire(to_port(server.port)).up() as wire:
        yield wire


@pytest.fixture
def entry() -> Entry:
    return make_entry(jam=make_jam())


def open_page(phone: Phone, url: str) -> Page:
    phone.expect_error(TROUBLE)
    phone.page.clock.install()
    phone.page.goto(url)
    expect(phone.page.locator("#connection")).to_have_attribute("data-state", "live")
    return phone.page


def test_silent_connection_is_given_up_and_replaced(
    phone: Phone, server: Server, wire: Wire, entry: Entry, visit: Visit
) -> None:
    page = open_page(phone, wire.url + entry.jam.get_absolute_url())
    connection = page.locator("#connection")
    with wire.stalled():
        page.clock.fast_forward(SILENCE)
        expect(connection).not_to_have_attribute("data-state", "live")
        visit(server, entry.jam).tap(entry)
    expect(page.locator(f"#votes-{entry.pk}")).to_have_text("1")
    expect(connection).to_have_attribute("data-state", "live")


def test_page_that_hears_heartbeats_stays_connected(phone: Phone, server: Server, entry: Entry) -> None:
    """Silence of the jam is not silence of the server: without votes, too, something arrives every few seconds."""
    sockets: list[WebSocket] = []
    # Playwright cannot keep a note of its own on a built-in method.
    phone.page.on("websocket", lambda socket: sockets.append(socket))  # noqa: PLW0108  # see above
    page = open_page(phone, server.url + entry.jam.get_absolute_url())
    for _beat in range(2):
        sockets[0].wait_for_event("framereceived", lambda frame: frame == HEARTBEAT, timeout=PATIENCE * 1000)
    page.clock.fast_forward(SILENCE // 2)
    assert (len(sockets), page.locator("#connection").get_attribute("data-state")) == (1, "live")


def test_tap_into_silence_waits_visibly_and_counts_once(phone: Phone, wire: Wire, entry: Entry) -> None:
    phone.expect_error(TROUBLE)
    phone.page.goto(wire.url + entry.jam.get_absolute_url())
    phone.page.evaluate("htmx.config.timeout /= 50")
    heart = phone.page.locator(f"#heart-{entry.pk}")
    with wire.stalled():
        heart.tap()
        expect(heart).to_have_class(re.compile("waiting"))
    expect(phone.page.locator(f"#votes-{entry.pk}")).to_have_text("1")
    expect(heart).not_to_have_class(re.compile("waiting"))
    assert Vote.objects.count() == 1


def test_badge_tells_the_truth_after_a_gap_that_the_socket_outlived(phone: Phone, server: Server, entry: Entry) -> None:
    page = open_page(phone, server.url + entry.jam.get_absolute_url())
    connection = page.locator("#connection")
    page.evaluate("dispatchEvent(new Event('offline'))")
    expect(connection).to_have_attribute("data-state", "offline")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(connection).to_have_attribute("data-state", "live")
