from jams.identity.browser_cookie import key_at, new


def test_every_browser_gets_another_id() -> None:
    assert len({new() for _ in range(1000)}) == 1000


def test_a_browser_has_one_key_at_a_jam_and_another_at_the_next() -> None:
    browser = new()
    assert key_at(1, browser) == key_at(1, browser)
    assert key_at(1, browser) != key_at(2, browser)
    assert browser not in key_at(1, browser)
