from jams.identity.browser_cookie import create_browser_id, derive_attendee_key


def test_create_browser_id_is_unique() -> None:
    assert len({create_browser_id() for _ in range(1000)}) == 1000


def test_derive_attendee_key_differs_per_jam() -> None:
    browser = create_browser_id()
    assert derive_attendee_key(1, browser) == derive_attendee_key(1, browser)
    assert derive_attendee_key(1, browser) != derive_attendee_key(2, browser)
    assert browser not in derive_attendee_key(1, browser)
