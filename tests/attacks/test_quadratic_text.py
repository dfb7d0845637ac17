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
from search.selectors.site_search import MAX_QUERY_LENGTH
from tests.writes import CONSOLE, HERE, api_fields_that_take, fields_that_take

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
TAKEN_BY_FORMS = {
    f"{HERE}songs/900001/withdraw/ part",  # nobody is signed up for such a part
    "/admin/songs/song/900002/change/ archived",  # a check box only has to be there
    "/admin/venues/venue/900001/change/ archived",
    "/admin/venues/venue/900001/change/ slug",  # cannot be changed
}
FREE_TEXT = {
    *(f"{HERE}me/join/ name", f"{HERE}suggest/ title", f"{HERE}suggest/ artist"),
    *(f"{CONSOLE}add_walk_up/ name", f"{CONSOLE}rename_person/ to"),
}
BLANK = {f"{HERE}songs/900001/chords/ url", "/admin/jams/entry/900002/change/ chord_url"}
MORE_TAKEN = {"marks": FREE_TEXT, "other marks": FREE_TEXT, "spaces": BLANK}  # of a flood of marks a few are kept
QUERIES = {  # with the answer to words that are too long
    "/search/?q=": 400,
    "/search/suggestions/?q=": 400,
    "/songs/?q=": 400,
    "/jams/here/suggest/?q=": 200,  # uses the first of them
    "/api/v1/songs?q=": 400,
}


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


@pytest.mark.parametrize(("name", "flood"), FLOODS.items(), ids=FLOODS)
def test_every_form_handles_a_flood_cheaply(
    writers: dict[str, Client], normalised: list[str], name: str, flood: str
) -> None:
    taken = fields_that_take(writers, flood)
    assert_cheap(normalised)
    assert set(taken) == TAKEN_BY_FORMS | MORE_TAKEN.get(name, set())
    assert [where for where, rows in taken.items() if longest_run_of_marks(rows) > 30] == []


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
def test_the_api_refuses_a_flood_cheaply(writers: dict[str, Client], normalised: list[str], flood: str) -> None:
    assert api_fields_that_take(writers, flood) == {}
    assert_cheap(normalised)


@pytest.mark.parametrize(("address", "status"), QUERIES.items(), ids=QUERIES)
def test_a_search_for_a_flood_is_cheap(
    writers: dict[str, Client], normalised: list[str], address: str, status: int
) -> None:
    answers = {
        length: {writers["somebody"].get(address + flood[:length]).status_code for flood in FLOODS.values()}
        for length in (MAX_QUERY_LENGTH, 8000)
    }
    assert answers == {MAX_QUERY_LENGTH: {200}, 8000: {status}}
    assert normalised != []
    assert_cheap(normalised)


def test_a_report_without_a_length_is_read_up_to_the_limit(normalised: list[str]) -> None:
    """A chunked body says nothing of its length; it used to be read and normalised whole."""
    report = json.dumps({"csp-report": {"document-uri": FLOODS["marks"]}}).encode()
    scope = {"type": "http", "method": "POST", "path": "/csp-report/", "query_string": b"", "headers": []}
    with pytest.raises(TooLarge):
        csp_report(ASGIRequest(scope, BytesIO(report)))
    assert normalised == []
