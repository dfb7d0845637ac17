"""256 KB of text in a field must not keep a process busy: normalising takes the square of a run of combining marks."""

import json
import unicodedata
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.test import Client

from core import text
from core.exceptions import TooLarge
from core.http.security_headers import csp_report
from tests.jamsite.test_mass_assignment import FORMS, PROGRAMS, people  # noqa: F401  (a fixture)

pytestmark = pytest.mark.django_db
BYTES = 250_000
FLOODS = {
    "marks": "a" + "\u0301\u0323" * (BYTES // 4),
    "other marks": "a" + "\u064b\u0651" * (BYTES // 4),
    "letters": "x" * BYTES,
    "emoji": "\U0001f3b8" * (BYTES // 4),
    "spaces": " " * BYTES,
    "letters that become eighteen": "\ufdfa" * (BYTES // 3),
}
QUERIES = ["/search/?q=", "/search/suggestions/?q=", "/songs/?q=", "/jams/here/suggest/?q=", "/api/v1/songs?q="]


@pytest.fixture
def normalised(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every text that anything normalises from now on: our code, Django's and any library's."""
    seen: list[str] = []
    normalize = unicodedata.normalize

    def note(form: Any, value: str) -> str:
        seen.append(value)
        return normalize(form, value)

    monkeypatch.setattr(unicodedata, "normalize", note)
    return seen


def assert_cheap(normalised: list[str]) -> None:
    assert max(map(len, normalised), default=0) <= text.MAX_CHARACTERS * 18  # one letter becomes eighteen at most
    assert max(map(longest_run_of_marks, normalised), default=0) <= 30 * 3  # a mark becomes three at most


def longest_run_of_marks(value: str) -> int:
    longest = run = 0
    for char in value:
        run = run + 1 if unicodedata.combining(char) else 0
        longest = max(longest, run)
    return longest


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
@pytest.mark.parametrize("function", [text.clean_text, text.fold_text, text.split_words])
def test_a_flood_is_bounded_before_it_is_normalised(
    normalised: list[str], function: Callable[[str], Any], flood: str
) -> None:
    function(flood)
    assert_cheap(normalised)


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
def test_every_form_refuses_a_flood_cheaply(people: dict[str, Client], normalised: list[str], flood: str) -> None:  # noqa: F811
    for who, address, sent in FORMS:
        for name in sent:
            response = people[who].post(address, {**sent, name: flood})
            assert response.status_code < 500, (address, name)
    assert_cheap(normalised)


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
def test_the_api_refuses_a_flood_cheaply(people: dict[str, Client], normalised: list[str], flood: str) -> None:  # noqa: F811
    for who, verb, path, sent in PROGRAMS:
        for name in sent:
            send, body = getattr(people[who], verb), json.dumps({**sent, name: flood})
            response = send(f"/api/v1/{path}", body, content_type="application/json")
            assert response.status_code < 500, (path, name)
    assert_cheap(normalised)


@pytest.mark.parametrize("address", QUERIES)
def test_a_search_for_a_flood_is_cheap(people: dict[str, Client], normalised: list[str], address: str) -> None:  # noqa: F811
    for flood in FLOODS.values():
        assert people["somebody"].get(address + flood[:8000]).status_code < 500
    assert_cheap(normalised)


def test_a_report_without_a_length_is_read_up_to_the_limit(normalised: list[str]) -> None:
    """A chunked body says nothing of its length; it used to be read and normalised whole."""
    report = json.dumps({"csp-report": {"document-uri": FLOODS["marks"]}}).encode()
    scope = {"type": "http", "method": "POST", "path": "/csp-report/", "query_string": b"", "headers": []}
    with pytest.raises(TooLarge):
        csp_report(ASGIRequest(scope, BytesIO(report)))
    assert normalised == []
