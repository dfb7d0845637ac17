"""What every answer tells the browser, whatever is asked for."""

import json
import logging
import re

import pytest
from django.test import Client
from django.urls import get_resolver

from core.http.security_headers import HEADERS
from tests.builders import make_entry, make_user
from tests.hosts import browser_of

pytestmark = pytest.mark.django_db

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; manifest-src 'self'; worker-src 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; report-uri /csp-report/; report-to csp"
)
EXPECTED = {
    **HEADERS,
    "Access-Control-Allow-Origin": None,
    "Content-Security-Policy": CSP,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
#: Pages that other sites may show, or that say more for another reason: the header's name and its value there.
EXCEPTIONS: dict[str, dict[str, str]] = {}


def routes(patterns=None, prefix=""):
    """Every address of the site as it is written in the code."""
    for pattern in patterns or get_resolver().url_patterns:
        route = prefix + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from routes(pattern.url_patterns, route)
        else:
            yield route


def filled(route, entry):
    """Return an address for `route`, mostly one where there is something."""
    words = {"slug": entry.jam.slug, "int": str(entry.pk), "uuid": "0" * 32, "path": str(entry.pk), "str": "1"}
    path = re.sub(r"<(?:(\w+):)?\w+>", lambda found: words.get(found[1] or "str", "1"), route)
    path = re.sub(r"\(\?P<\w+>[^)]*\)", "1", path)
    return "/" + re.sub(r"[\^$\\]|\?|\.\*", "", path)


def said(response):
    return {name: response.headers.get(name) for name in EXPECTED}


def test_every_url_has_the_headers_with_every_method():
    entry = make_entry()
    stranger, admin = Client(), browser_of(make_user(is_staff=True, is_superuser=True))
    wrong = {}
    for route in sorted(set(routes())):
        path = filled(route, entry)
        answers = [stranger.get(path), stranger.post(path), admin.get(path)]
        if [said(answer) for answer in answers] != [{**EXPECTED, **EXCEPTIONS.get(route, {})}] * 3:
            wrong[route] = [answer.headers for answer in answers]
    assert wrong == {}


def test_no_address_takes_a_write_from_another_site():
    """403 without the token; 405 where nothing is written, 404 where nothing is; programs need a token of their own."""
    entry = make_entry()
    host = Client(enforce_csrf_checks=True)
    host.force_login(make_user(is_staff=True, is_superuser=True))
    host.get(entry.jam.get_absolute_url())
    taken = {}
    for route in sorted(set(routes()) - {"csp-report/", "language/"}):  # a language is no harm, see docs/adr/0028
        for method in ("post",) if route.startswith("admin/") else ("post", "put", "patch", "delete"):
            status = getattr(host, method)(filled(route, entry), headers={"Origin": "https://evil.example"}).status_code
            if status not in (401, 403, 404, 405):
                taken[method, route] = status
    assert taken == {}


def test_errors_have_the_headers(client, settings, monkeypatch):
    strict = Client(enforce_csrf_checks=True)
    broken = Client(raise_request_exception=False)
    entry = make_entry()
    address = f"/jams/{entry.jam.slug}/songs/{entry.pk}/vote/"
    settings.VOTE_RATE = "1/d"
    answers = [client.get("/nowhere/"), strict.put(address), client.get("/", headers={"Host": "evil.example"})]
    answers += [client.put(address), client.put(address), client.post("/about/", b"x" * 300_000, "text/plain")]
    monkeypatch.setattr("votes.services.votes._write_votes", lambda settled: 1 / 0)
    settings.VOTE_RATE = "9/d"
    answers += [broken.put(address)]
    assert [answer.status_code for answer in answers] == [404, 403, 400, 200, 429, 413, 500]
    assert [said(answer) for answer in answers] == [EXPECTED] * 7


def test_a_length_that_is_too_much_is_refused_before_anything_is_read(client):
    for path, length in [("/about/", 262_145), ("/admin/", 9_000_001)]:
        response = client.generic("POST", path, b"", CONTENT_LENGTH=str(length))
        assert (response.status_code, "Send something smaller" in response.content.decode()) == (413, True)
    assert client.generic("POST", "/about/", b"", CONTENT_LENGTH="262144").status_code == 405


OLD = {"csp-report": {"effective-directive": "script-src-elem", "blocked-uri": "inline", "document-uri": "/a?code=1"}}
NEW = [{"type": "csp-violation", "body": {"effectiveDirective": "img-src", "blockedURL": "x\r\ny", "documentURL": "/"}}]


@pytest.mark.parametrize(
    ("report", "line"), [(OLD, "script-src-elem refused inline on /a"), (NEW, "img-src refused x y on /")]
)
def test_a_violation_is_taken_down_in_one_line(report, line, caplog):
    response = Client(enforce_csrf_checks=True).generic("POST", "/csp-report/", json.dumps(report))
    lines = [record.getMessage() for record in caplog.records if record.name == "core.http.security_headers"]
    assert (response.status_code, lines) == (204, [f"Content security policy violation: {line}"])


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"\xff", 400), (b"[" * 9000, 400), (b"x" * 20_000, 413), (b"[1, {}, null]", 204), (b"3", 204)],
)
def test_what_is_no_report_is_refused_and_leaves_no_line(client, caplog, body, status):
    caplog.set_level(logging.WARNING, "core.http.security_headers")
    response = client.generic("POST", "/csp-report/", body)
    assert (response.status_code, [r for r in caplog.records if r.name == "core.http.security_headers"]) == (status, [])


def test_reports_fill_no_log(client, caplog):
    answers = [client.generic("POST", "/csp-report/", json.dumps(NEW * 50)).status_code for _ in range(22)]
    assert answers == [204] * 20 + [429] * 2
    assert len([record for record in caplog.records if record.name == "core.http.security_headers"]) == 100
