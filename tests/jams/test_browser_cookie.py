from jams.identity.browser_cookie import attendee_key, new_browser


def test_every_browser_gets_another_id() -> None:
    assert len({new_browser() for _ in range(1000)}) == 1000


def test_a_browser_has_one_key_at_a_jam_and_another_at_the_next() -> None:
    browser = new_browser()
    assert attendee_key(1, browser) == attendee_key(1, browser)
    assert attendee_key(1, browser) != attendee_key(2, browser)
    assert browser not in attendee_key(1, browser)
