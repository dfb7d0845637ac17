import re
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.views import defaults

from core.exceptions import Conflict
from core.http.error_responses import ErrorMiddleware, csrf_failure

HTMX = {"HX-Request": "true"}
NOT_THERE = "Page not found. The link may be old or mistyped."


@pytest.fixture
def htmx_request(rf: RequestFactory):
    request: Any = rf.get("/", headers=HTMX)
    request.htmx = True
    return request


def test_a_page_that_is_not_there_says_so_and_leads_home(client: Client):
    response = client.get("/nowhere/")
    page = response.content.decode()
    assert (response.status_code, page.count("<h1>"), f"<h1>{NOT_THERE}</h1>" in page) == (404, 1, True)
    assert '<a class="button" href="/">' in page


def test_htmx_is_told_of_a_missing_page_with_a_toast(client: Client):
    response = client.get("/nowhere/", headers=HTMX)
    page = response.content.decode()
    assert (response.status_code, "<html" in page, f"<p>{NOT_THERE}</p>" in page) == (404, False, True)


@pytest.mark.parametrize(
    ("view", "error", "status", "sentence"),
    [
        (defaults.bad_request, SuspiciousOperation("secret"), 400, "We couldn't understand this request."),
        (defaults.permission_denied, PermissionDenied("secret"), 403, "You don't have access to this page."),
        (defaults.page_not_found, Conflict("secret"), 404, NOT_THERE),
    ],
)
def test_djangos_own_refusals_have_a_page_and_a_toast(rf, htmx_request, view, error, status, sentence):
    page, toast = view(rf.get("/"), error), view(htmx_request, error)
    assert (page.status_code, toast.status_code) == (status, status)
    assert f"<h1>{sentence}</h1>" in page.content.decode()
    assert f"<p>{sentence}</p>" in toast.content.decode()
    assert [b"secret" in answer.content for answer in (page, toast)] == [False, False]


def test_a_refusal_has_a_page_and_a_toast(rf, htmx_request):
    middleware: Any = ErrorMiddleware(lambda request: HttpResponse())
    page, toast = (middleware.process_exception(r, Conflict("<Not> now.")) for r in (rf.get("/"), htmx_request))
    assert (page.status_code, "<h1>&lt;Not&gt; now.</h1>" in page.content.decode()) == (409, True)
    assert (toast.status_code, "<p>&lt;Not&gt; now.</p>" in toast.content.decode()) == (409, True)


def test_a_database_that_is_away_is_503_and_worth_another_try(rf):
    middleware: Any = ErrorMiddleware(lambda request: HttpResponse())
    response = middleware.process_exception(rf.get("/"), OperationalError("gone"))
    assert (response.status_code, response["Retry-After"], b"gone" in response.content) == (503, "2", False)


BLOCKED = "Your browser blocks cookies: allow them for this site, then reload the page."
LOST = "Something is missing from this page. Reload it and try again."
OLD = "This page has expired. Reload it and try again."


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "toast"])
@pytest.mark.parametrize(
    ("cookies", "token", "sentence"),
    [(False, "a" * 32, BLOCKED), (True, "", LOST), (True, "a" * 32, OLD)],
    ids=["no cookies", "lost token", "old page"],
)
def test_refused_form_says_why_and_leads_back(
    headers: dict[str, str], cookies: bool, token: str, sentence: str
) -> None:
    browser = Client(enforce_csrf_checks=True)
    if cookies:
        browser.cookies["csrftoken"] = "b" * 32
    sent = {**headers, "Referer": "http://testserver/jams/friday/", **({"X-CSRFToken": token} if token else {})}
    response = browser.post("/search/log/", headers=sent)
    page = response.content.decode()
    assert (response.status_code, sentence in page) == (403, True)
    assert re.search(r'<a [^>]*href="http://testserver/jams/friday/">Reload the page</a>', page)


@pytest.mark.parametrize("referer", ["", "https://evil.example/", "javascript:alert(1)"])
def test_refused_form_leads_to_no_other_site(rf: RequestFactory, referer: str) -> None:
    page = csrf_failure(rf.post("/", headers={"Referer": referer})).content.decode()
    assert (BLOCKED in page, "Reload the page" in page, "evil" in page) == (True, False, False)


def test_a_broken_server_answers_without_database_or_static_files(rf, settings):
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "nowhere.Storage"}}
    response = defaults.server_error(rf.get("/"))
    page = response.content.decode()
    assert (response.status_code, page.count("<h1>"), 'href="/"' in page) == (500, 1, True)


@pytest.mark.parametrize("path", ["/nowhere/", "/about/"])
def test_pages_have_no_inline_script_style_or_handler(client: Client, path):
    page = client.get(path).content.decode()
    assert [word for word in ("<script>", "<style", " style=", " onclick=", " onload=") if word in page] == []
