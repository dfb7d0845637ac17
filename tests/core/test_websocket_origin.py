from typing import Any

import pytest

from core.http.websocket_origin import is_same_origin


@pytest.mark.parametrize(
    ("origin", "host", "allowed"),
    [
        ("http://jam.example", "jam.example", True),
        ("http://JAM.example:8000", "jam.example:8000", True),
        ("http://jam.example:8001", "jam.example:8000", False),
        ("", "jam.example", False),
        ("null", "jam.example", False),
        ("http://evil.example", "jam.example", False),
        ("http://jam.example.evil.example", "jam.example", False),
        ("http://evil.example", "evil.example", False),
        ("file://jam.example", "jam.example", False),
        ("http://[", "jam.example", False),
        ("https://stage.example", "jam.example", True),
        ("http://jam.example", "", False),
    ],
)
def test_only_pages_of_ours_may_listen(settings: Any, origin: str, host: str, allowed: bool) -> None:
    settings.ALLOWED_HOSTS = ["jam.example"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://stage.example"]
    assert is_same_origin(origin, host) is allowed


def test_under_https_a_plain_page_may_not_listen(settings: Any) -> None:
    settings.HTTPS = True
    settings.ALLOWED_HOSTS = ["jam.example"]
    assert not is_same_origin("http://jam.example", "jam.example")
    assert is_same_origin("https://jam.example", "jam.example")
