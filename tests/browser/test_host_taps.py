"""What becomes of a host's tap without a network, and of a second tap at the same spot."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from jams.models import Jam
from tests.browser.test_host import NewPhone, hosts, log_in, night, open_console, status, tap
from tests.builders import make_entry
from tests.phones import Phone
from tests.servers import Server, wait_until

__all__ = ["hosts", "night"]  # fixtures
TROUBLE = "WebSocket|htmx:|ERR_|object Event|status of (409|503)|Status Error Code (409|503)"
TOO_LATE = 121_000  # milliseconds


@pytest.fixture
def phone_of_host(new_phone: NewPhone, server: Server, hosts: list[User]) -> Phone:
    phone = log_in(new_phone(), server, hosts[0])
    phone.expect_error(TROUBLE)
    return phone


def tap_offline(phone: Phone, page: Page, *names: str) -> None:
    phone.context.set_offline(True)
    for name in names:
        page.locator("main").get_by_role("button", name=name).first.tap()
        expect(page.locator("main .button.waiting", has_text=name)).to_be_visible()
    expect(page.locator("#toasts")).to_contain_text("Your tap will be sent")


def test_tap_without_a_network_is_sent_later(phone_of_host: Phone, night: Jam) -> None:
    page = open_console(phone_of_host, night)
    tap_offline(phone_of_host, page, "Start Valerie", "Approve Zombie")
    assert [status(night, title) for title in ("Valerie", "Zombie")] == ["queued", "suggested"]
    phone_of_host.context.set_offline(False)
    expect(page.locator(".host-now")).to_contain_text("Valerie")
    expect(page.locator("#host-queue")).to_contain_text("Zombie")
    expect(page.locator(".button.waiting")).to_have_count(0)
    wait_until(lambda: [status(night, title) for title in ("Valerie", "Zombie")] == ["playing", "queued"])


def test_tap_during_a_restart_of_the_server_is_sent_later(phone_of_host: Phone, night: Jam) -> None:
    page = open_console(phone_of_host, night)
    page.route("**/start_song/", lambda route: route.fulfill(status=503), times=1)
    page.locator(".host-bar").get_by_role("button", name="Start Valerie").tap()
    expect(page.locator("#toasts")).to_contain_text("Your tap will be sent")
    expect(page.locator(".host-now")).to_contain_text("Valerie")
    assert status(night, "Valerie") == "playing"


def test_late_tap_is_refused_when_the_stage_has_changed(
    phone_of_host: Phone, new_phone: NewPhone, server: Server, night: Jam, hosts: list[User]
) -> None:
    server.expect("Conflict: .*start_song")
    page = open_console(phone_of_host, night)
    tap_offline(phone_of_host, page, "Start Valerie")
    theirs = open_console(log_in(new_phone(), server, hosts[1]), night)
    tap(theirs, "Start Creep", within="#host-queue", toast="started Creep")
    phone_of_host.context.set_offline(False)
    expect(page.locator("#toasts")).to_contain_text("Another host got there first: Creep is on stage now.")
    expect(page.locator(".button.waiting")).to_have_count(0)
    assert [status(night, title) for title in ("Valerie", "Creep")] == ["queued", "playing"]


def test_tap_that_waits_too_long_is_given_up_with_a_sentence(phone_of_host: Phone, night: Jam) -> None:
    phone_of_host.page.clock.install()
    page = open_console(phone_of_host, night)
    tap_offline(phone_of_host, page, "Start Valerie")
    page.clock.fast_forward(TOO_LATE)
    expect(page.locator("#toasts")).to_contain_text("be confirmed")
    expect(page.locator(".button.waiting")).to_have_count(0)
    phone_of_host.context.set_offline(False)
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    assert status(night, "Valerie") == "queued"


def test_second_tap_at_the_same_spot_does_nothing_more(phone_of_host: Phone, night: Jam) -> None:
    """What stands under the finger when the answer comes is no button that works, and works a second later."""
    Jam.objects.filter(pk=night.pk).update(status="scheduled")
    page = open_console(phone_of_host, night)
    page.evaluate(
        """() => document.addEventListener("htmx:afterSwap", () => {
            if (!window.tapped || window.under) return; // a later one may come when the buttons work again
            const { x, y } = window.tapped;
            window.under = document.elementFromPoint(x, y).closest("button")?.id ?? "nothing";
        })"""
    )
    page.evaluate("document.addEventListener('click', ({clientX: x, clientY: y}) => window.tapped = {x, y})")
    tap(page, "Open the jam", toast="opened the jam")
    assert page.evaluate("window.under") == "nothing"
    page.locator(".host-bar").get_by_role("button", name="Start Valerie").tap()
    expect(page.locator("#toasts")).to_contain_text("started Valerie")


@pytest.mark.parametrize("height", [740, 420])
@pytest.mark.parametrize("place", ["lowest", "highest"])
def test_every_button_of_a_menu_can_be_tapped(phone_of_host: Phone, night: Jam, place: str, height: int) -> None:
    """Also in the row just above the bar, and in one just below the header, and on a phone that lies on its side."""
    for _ in range(12):
        make_entry(jam=night)
    phone_of_host.page.set_viewport_size({"width": 360, "height": height})
    page = open_console(phone_of_host, night)
    menu = page.locator("#host-queue .host-menu").nth(6)
    menu.evaluate(
        "(menu, block) => menu.scrollIntoView({block, behavior: 'instant'})", "end" if place == "lowest" else "start"
    )
    menu.locator("summary").tap()
    expect(menu.get_by_role("button")).to_have_count(3)
    covered = """(button) => {
        const {left, right, top, bottom} = button.getBoundingClientRect();
        const middle = (left + right) / 2;
        return [top + 2, bottom - 2].every((y) => document.elementFromPoint(middle, y)?.closest("button") === button);
    }"""
    assert [button.evaluate(covered) for button in menu.get_by_role("button").all()] == [True] * 3
