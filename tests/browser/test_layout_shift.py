"""Nothing on the jam page moves: neither while it arrives over a slow network, nor when a count changes."""

import http.client
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_voting import a_night, make_votes_by_others, open_jam, votes
from tests.phones import Phone
from tests.servers import PATIENCE, Server

NewPhone = Callable[..., Phone]
# Where the page is cut: what comes before must not move when the rest is there.
CUTS = (
    '<header class="site-header',
    "</header>",
    'class="jam-about"',
    "</details>",
    'class="jam-status"',
    'class="badge badge-live">',
    'class="song-title">',
    'class="song-by">',
    'class="play"',
    "</li>",
    'id="suggest-missing"',
    'class="me"',
    '<footer class="site-footer">',
    '<nav class="cluster"',
    'name="language" value="de"',
    '<select id="theme"',
    "</footer>",
)
PAINT = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
SHIFTS = """
    async () => {
        const shifts = [];
        const note = (entries) => shifts.push(...entries.map(({ value, sources }) =>
            `${value}: ${sources.map(({ node }) => node?.id || node?.className)}`));
        const observer = new PerformanceObserver((list) => note(list.getEntries()));
        observer.observe({ type: "layout-shift", buffered: true });
        for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
        note(observer.takeRecords());
        return shifts;
    }
"""
UNSENT = {"connection", "content-length", "date", "server", "transfer-encoding"}


class SlowNetwork(ThreadingHTTPServer):
    """The server behind a network that stops in the middle of a page, after `cut`, until `go_on` is set."""

    daemon_threads = True

    def __init__(self, server: Server) -> None:
        self.upstream = urlsplit(server.url).netloc
        self.cut = ""
        self.go_on = Event()
        super().__init__(("127.0.0.1", 0), Answer)


class Answer(BaseHTTPRequestHandler):
    server: SlowNetwork

    def log_message(self, *_args: Any) -> None:
        pass

    def do_GET(self) -> None:
        if self.path.startswith("/ws/"):
            self.send_error(503)
            return
        upstream = http.client.HTTPConnection(self.server.upstream, timeout=PATIENCE)
        cookies = {"Cookie": self.headers["Cookie"]} if "Cookie" in self.headers else {}
        upstream.request("GET", self.path, headers={"Host": self.server.upstream, **cookies})
        response = upstream.getresponse()
        body = response.read()
        upstream.close()
        self.send_response(response.status)
        for name, value in response.getheaders():
            if name.lower() not in UNSENT:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.send_body(body)

    def send_body(self, body: bytes) -> None:
        cut = self.server.cut.encode()
        if not cut or b"<!doctype html>" not in body:
            self.wfile.write(body)
            return
        end = body.index(b">", body.index(cut) + len(cut) - 1) + 1
        self.wfile.write(body[:end])
        self.server.go_on.wait(PATIENCE)
        self.wfile.write(body[end:])


@pytest.fixture
def network(server: Server) -> Iterator[SlowNetwork]:
    with SlowNetwork(server) as network:
        Thread(target=network.serve_forever, daemon=True).start()
        yield network
        network.go_on.set()
        network.shutdown()


def test_slow_page_does_not_move_what_is_there(new_phone: NewPhone, network: SlowNetwork) -> None:
    jam, _entries = a_night("Apple", "Banana")
    phone = new_phone()
    phone.expect_error("WebSocket|object Event|503")
    address = f"http://127.0.0.1:{network.server_port}{jam.get_absolute_url()}"
    phone.page.goto(address)  # styles and scripts are known from now on
    moved = {cut: shifts for cut in CUTS if (shifts := load_in_two_parts(phone.page, network, address, cut))}
    assert moved == {}


def load_in_two_parts(page: Page, network: SlowNetwork, address: str, cut: str) -> list[str]:
    """Load the page up to `cut`, let it be painted, load the rest, and return what moved."""
    network.cut = cut
    network.go_on.clear()
    page.goto(address, wait_until="commit")
    page.evaluate(PAINT)
    network.go_on.set()
    page.wait_for_load_state()
    page.evaluate(PAINT)
    shifts: list[str] = page.evaluate(SHIFTS)
    return shifts


def test_changing_count_shifts_nothing_on_the_page(new_phone: NewPhone, server: Server) -> None:
    jam, (first, _second) = a_night("Apple", "Banana")
    page = open_jam(new_phone(), jam)
    for votes_seen in ("2", "4", "6", "8", "10"):
        make_votes_by_others(server, jam, first)
        expect(votes(page, first)).to_have_text(votes_seen)
    assert page.evaluate(SHIFTS) == []


def test_lost_connection_shifts_nothing_on_the_page(new_phone: NewPhone) -> None:
    jam, _entries = a_night("Apple", "Banana")
    phone = new_phone()
    page = open_jam(phone, jam)
    phone.expect_error("ERR_INTERNET_DISCONNECTED|htmx:(sendError|afterRequest)")
    phone.context.set_offline(True)
    expect(page.locator("#connection")).to_have_attribute("data-state", "offline")
    expect(page.locator("#connection")).to_have_css("opacity", "1")
    phone.context.set_offline(False)
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    assert page.evaluate(SHIFTS) == []
