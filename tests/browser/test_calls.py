"""Musicians who are asked to play, and called on a locked phone, in a browser."""

import json
from collections.abc import Callable
from typing import Any

from django.utils import timezone
from playwright.sync_api import expect

from jams.identity.push_receipts import CallKind, sign_receipt
from jams.models import Band, BandStatus, Format, Jam, PushSubscription, Seat
from tests.browser.test_accessibility import faults
from tests.browser.test_bands import Host
from tests.browser.test_host import log_in
from tests.browser.test_musicians import musician, open_own_part
from tests.browser.test_stage_screen import open_stage
from tests.builders import make_band, make_jam, make_waiting
from tests.hosts import make_host
from tests.phones import Phone
from tests.push import PushPhone
from tests.servers import Server, wait_until

NewPhone = Callable[..., Phone]
PLAN = [{"part": "vocals"}, {"part": "bass"}]

#: A browser asks its maker's push service, on the internet, for an address; the tests have no network.
OWN_ADDRESS = """({endpoint, p256dh, auth}) => {
  PushManager.prototype.subscribe = async (options) => {
    window.asked = options;
    return { toJSON: () => ({ endpoint, keys: { p256dh, auth } }) };
  };
}"""


def make_night(**values: Any) -> Jam:
    """A jam at which a band of a singer lacks a bass."""
    jam = make_jam(format=Format.BANDS, name="Lantern Band Jam", stage_plan=PLAN, **values)
    make_band(jam=jam, people={make_waiting(jam=jam, name="Zoë", plays=["vocals"]): "vocals"})
    return jam


def test_question_reaches_phones_and_the_first_yes_is_told_to_all(new_phone: NewPhone, server: Server) -> None:
    user = make_host()
    jam = make_night(hosts=(user,))
    ana, ben = (musician(new_phone(), jam, name, "bass") for name in ("Ana", "Ben"))
    stage = open_stage(new_phone, jam)
    host = Host(log_in(new_phone(), server, user), jam)
    host.page.get_by_role("button", name="Ask for bass").first.click()
    for page in (ana, ben):
        expect(page.locator("#call")).to_contain_text("Bass for Zoë, in about ")
        expect(page.get_by_role("button", name="Not now")).to_be_visible()
    expect(stage.locator("#stage")).to_contain_text("Wanted: bass")
    expect(host.page.locator("#host-live")).to_contain_text("2 asked, no answer yet")
    assert faults(ana) == []
    assert faults(host.page) == []
    ana.get_by_role("button", name="Yes", exact=True).click()
    expect(ana.locator("#me")).to_contain_text("You play about ")
    expect(ben.locator("#me")).to_contain_text("Bass for Zoë, Ana is taken. Thank you!")
    expect(stage.locator("#stage")).not_to_contain_text("Wanted")
    expect(host.page.locator("#host-live")).not_to_contain_text("2 asked")
    ben.get_by_role("button", name="OK").click()
    expect(ben.get_by_role("button", name="OK")).to_have_count(0)


def test_musician_allows_calls_and_takes_them_back(new_phone: NewPhone) -> None:
    phone = new_phone(permissions=["notifications"])
    page = musician(phone, make_night(), "Ana", "bass")
    page.evaluate(OWN_ADDRESS, vars(PushPhone().at("https://push.example/1")))
    open_own_part(page)
    button = page.get_by_role("button", name="Tell me on my locked phone")
    expect(button).to_have_attribute("aria-pressed", "false")
    assert faults(page) == []
    button.click()
    expect(page.locator(".toast")).to_contain_text("We'll tell you on this phone when you're up.")
    assert PushSubscription.objects.get().endpoint == "https://push.example/1"
    assert page.evaluate("window.asked.userVisibleOnly && window.asked.applicationServerKey.length") == 87
    open_own_part(page)
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()
    expect(page.locator(".toast")).to_contain_text("We've deleted the address of this phone.")
    assert not PushSubscription.objects.exists()


def test_browser_that_allows_no_notifications_says_so(new_phone: NewPhone) -> None:
    page = musician(new_phone(permissions=[]), make_night(), "Ana", "bass")
    open_own_part(page)
    expect(page.locator("#push-denied")).to_be_visible()
    expect(page.locator("#push")).to_be_hidden()


def test_call_is_shown_on_a_locked_phone_and_reported(new_phone: NewPhone, server: Server) -> None:
    jam, called_at = make_night(), timezone.now()
    band = Band.objects.select_related("jam").get(jam=jam)
    band.status, band.called_at = BandStatus.CALLED, called_at
    band.save()
    seat = Seat.objects.get(band=band)
    page = new_phone(permissions=["notifications"]).page
    page.goto("/about/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    session, found = page.context.new_cdp_session(page), []
    session.on("ServiceWorker.workerRegistrationUpdated", lambda event: found.extend(event["registrations"]))
    session.send("ServiceWorker.enable")
    wait_until(lambda: bool(found or page.evaluate("void 0")))
    receipt = f"{jam.get_absolute_url()}me/call/delivered/{sign_receipt(CallKind.SEAT, seat.pk, called_at)}/"
    call = {
        "title": jam.name,
        "body": "You're up next",
        "lang": "en",
        "page": jam.get_absolute_url(),
        "receipt": receipt,
    }
    session.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": server.url, "registrationId": found[0]["registrationId"], "data": json.dumps(call)},
    )
    wait_until(lambda: Seat.objects.get(pk=seat.pk).delivered_at is not None)
    shown = page.evaluate(
        "navigator.serviceWorker.ready.then((worker) => worker.getNotifications())"
        ".then((all) => all.map(({ title, body, data, tag }) => [title, body, data, tag]))"
    )
    address = jam.get_absolute_url()
    assert shown == [["Lantern Band Jam", "You're up next", address, address]]
