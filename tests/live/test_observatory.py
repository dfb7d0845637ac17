"""The score of Mozilla's HTTP Observatory (mdn-http-observatory, its grader) for the site as production runs it."""

import re
from collections.abc import Callable

import httpx
import pytest

from tests.builders import make_jam
from tests.servers import Server

pytestmark = pytest.mark.once
PRODUCTION = {
    "HTTPS": "true",
    "TRUSTED_PROXIES": "1",
    "BASE_URL": "https://jam.example.org",
    "ALLOWED_HOSTS": "jam.example.org",
}
HALF_A_YEAR = 15_768_000  # seconds
PRIVATE = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}


def get(server: Server, path: str, scheme: str = "https") -> httpx.Response:
    headers = {"Host": "jam.example.org", "X-Forwarded-Proto": scheme, "X-Real-IP": "192.0.2.1"}
    return server.get(path, headers=headers)


def score(server: Server, path: str) -> dict[str, int]:
    """Return the points of one page; the best page has 100 and these bonuses, and what is missing costs."""
    page, plain = get(server, path), get(server, path, "http")
    cookies = page.headers.get_list("set-cookie")
    policy = page.headers["content-security-policy"]
    forever = re.match(r"max-age=(\d+); includeSubDomains; preload$", page.headers["strict-transport-security"])
    scripts = re.findall(r"<script[^>]* src=\"([^\"]+)\"", page.text)
    safe = [cookie for cookie in cookies if is_safe(cookie)]
    return {
        "base": 100,
        "csp": 10 if policy.startswith("default-src 'none'; ") and "unsafe" not in policy else -25,
        "cookies": 5 if safe == cookies else -40,
        "cors": 0 if "access-control-allow-origin" not in page.headers else -50,
        "redirection": 0 if plain.headers["location"] == f"https://jam.example.org{path}" else -20,
        "referrer": 5 if page.headers["referrer-policy"] in PRIVATE else -5,
        "hsts": 0 if forever and int(forever[1]) >= HALF_A_YEAR else -20,
        "sri": 0 if all(script.startswith("/static/") for script in scripts) else -50,
        "nosniff": 0 if page.headers["x-content-type-options"] == "nosniff" else -5,
        "frames": 5 if "frame-ancestors 'none'" in policy else -20,
        "corp": 10 if page.headers["cross-origin-resource-policy"] == "same-origin" else 0,
    }


def is_safe(cookie: str) -> bool:
    parts = {part.strip().lower() for part in cookie.split(";")}
    return cookie.startswith("__Host-") and {"secure", "httponly", "samesite=lax", "path=/"} <= parts


def test_every_kind_of_page_scores_135_and_keeps_only_safe_cookies(start_server: Callable[..., Server]) -> None:
    server = start_server(**PRODUCTION)
    jam = make_jam()
    paths = ["/", jam.get_absolute_url(), "/songs/", "/admin/login/"]
    assert [sum(score(server, path).values()) for path in paths] == [135] * 4
    cookies = [cookie.split("=")[0] for path in paths for cookie in get(server, path).headers.get_list("set-cookie")]
    assert sorted(set(cookies)) == ["__Host-csrftoken", "__Host-jamsite"]
    assert "server" not in get(server, "/").headers
    picture = get(server, "/static/img/favicon.svg").headers  # which is no page, and carries no policy
    assert (picture["x-content-type-options"], picture["cross-origin-resource-policy"]) == ("nosniff", "same-origin")
    assert [name for name in ("set-cookie", "access-control-allow-origin", "server") if name in picture] == []
