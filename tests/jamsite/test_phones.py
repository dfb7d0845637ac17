"""The tests' own tools: a phone that hides an error would hide a broken page."""

import pytest

from tests.servers import wait_until


def test_a_phone_is_small_and_has_a_touch_screen(phone):
    phone.page.goto("/about/")
    assert phone.page.evaluate("[innerWidth, innerHeight, navigator.maxTouchPoints > 0]") == [360, 740, True]


def test_phones_share_nothing(new_phone):
    phones = [new_phone(), new_phone()]
    for number, phone in enumerate(phones):
        phone.page.goto("/about/")
        phone.page.evaluate(f"document.cookie = 'number={number}'")
    assert [phone.page.evaluate("document.cookie") for phone in phones] == ["number=0", "number=1"]


def test_a_phone_without_javascript_runs_none(new_phone):
    phone = new_phone(java_script_enabled=False)
    phone.page.goto("/about/")
    phone.page.set_content("<noscript>none here</noscript>")
    assert phone.page.inner_text("body") == "none here"


def test_a_phone_hears_of_every_error(phone):
    phone.page.goto("/about/")
    with phone.page.expect_event("pageerror"):
        phone.page.evaluate(
            "() => { console.error('from the console'); setTimeout(() => { throw Error('from the page') }) }"
        )
    assert [error.split(" (")[0] for error in phone.unexpected()] == ["from the console", "from the page"]
    phone.expect_error("^from the (console|page)")
    assert phone.unexpected() == []


def test_a_server_hears_of_every_trouble(server, phone):
    phone.expect_error("404")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "expected", [])  # other tests have announced such lines
        before = server.unexpected()
        assert phone.page.goto("/nobody-else-asks-for-this/").status == 404
        wait_until(lambda: len(server.unexpected()) > len(before))  # it answers first, and writes its log then
        lines = server.unexpected()[len(before) :]
    assert [line.split(" (")[0].split(": ")[1:] for line in lines] == [["Not Found", "/nobody-else-asks-for-this/"]]
    server.expect("Not Found: /nobody-else-asks-for-this/")
