from jams.identity.browser_cookie import create_browser_id, derive_attendee_key


def test_every_browser_gets_another_id() -> None:
    assert len({create_browser_id() for _ in range(1000)}) == 1000


def test_a_browser_has_one_key_at_a_jam_and_another_at_the_next() -> None:
    browser = create_browser_id()
    assert derive_attendee_key(1, browser) == derive_attendee_key(1, browser)
    assert derive_attendee_key(1, browser) != derive_attendee_key(2, browser)
    assert browser not in derive_attendee_key(1, browser)
