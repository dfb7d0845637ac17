import json
import logging
import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from django.http import HttpResponse
from prometheus_client import REGISTRY

from core import logging as core_logging
from core.http import request_log
from tests.builders import make_jam

ID = re.compile(r"[0-9a-f]{16}")


@pytest.fixture
def lines(caplog):
    """The lines of requests, as their fields."""
    caplog.set_level(logging.INFO)
    return lambda: [record.fields for record in caplog.records if record.name == request_log.__name__]


@pytest.mark.django_db
def test_a_request_is_one_line_that_says_what_it_cost(client, lines):
    jam = make_jam(slug="friday")
    client.get(jam.get_absolute_url(), {"secret": "words"})
    (line,) = lines()
    assert line.pop("ms") > 0
    assert line.pop("queries") > 0
    assert line == {"method": "GET", "path": "/jams/friday/", "view": "jams:detail", "jam": "friday", "status": 200}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "named"),
    [
        ("/jams/{jam}/qr.svg", True),
        ("/host/{jam}/", True),
        ("/jams/{jam}/arrivals/", True),
        ("/venues/{venue}/", False),
        ("/venues/{venue}/jams.ics", False),
        ("/embed/venues/{venue}/", False),
    ],
)
def test_a_line_names_a_jam_and_takes_no_venue_for_one(client, lines, address, named):
    jam = make_jam()
    client.get(address.format(jam=jam.slug, venue=jam.venue.slug))
    assert [line["jam"] for line in lines()] == [jam.slug if named else None]


def test_an_address_that_nobody_owns_is_a_line_without_a_view(client, lines):
    client.get("/nowhere/")
    assert [(line["view"], line["jam"], line["status"], line["queries"]) for line in lines()] == [
        ("none", None, 404, 0)
    ]


def test_a_line_stays_one_line(client, caplog):
    client.get("/nowhere/%0AERROR forged")
    (record,) = [record for record in caplog.records if record.name == request_log.__name__]
    assert (record.getMessage().count("\n"), "\\nERROR forged" in record.getMessage()) == (0, True)


@pytest.mark.parametrize(("status", "level"), [(200, "INFO"), (302, "INFO"), (404, "WARNING"), (503, "ERROR")])
def test_trouble_is_told_louder(rf, caplog, status, level):
    caplog.set_level(logging.INFO)
    request = rf.get("/")
    request.resolver_match = None
    request_log.log_request(request, HttpResponse(status=status), seconds=0.1, queries=request_log.QueryCounter())
    assert [record.levelname for record in caplog.records] == [level]


def test_every_answer_carries_an_id_of_its_own(client):
    first, second = (client.get("/nowhere/")["X-Request-ID"] for _ in range(2))
    assert [bool(ID.fullmatch(given)) for given in (first, second)] == [True, True]
    assert first != second


@pytest.mark.parametrize(
    ("proxies", "given", "kept"),
    [
        (1, "abc-123.DEF_4", True),
        (0, "abc-123.DEF_4", False),
        (1, "short", False),
        (1, "x" * 65, False),
        (1, "a b c d e", False),
    ],
)
def test_the_id_of_a_trusted_proxy_is_kept_if_it_is_one(settings, proxies, given, kept):
    settings.TRUSTED_PROXIES = proxies
    found = request_log.choose_request_id(given)
    assert (found == given, bool(ID.fullmatch(found))) == (kept, not kept)


def test_an_error_page_says_which_request_it_was(client):
    response = client.get("/nowhere/")
    assert f"Request {response['X-Request-ID']}" in response.content.decode()


def test_a_broken_page_says_which_request_it_was(client, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr("jams.models.JamQuerySet.get_for_page", lambda *args: 1 / 0)
    response = client.get("/jams/friday/qr.svg")
    assert response.status_code == 500
    assert f"quote {response['X-Request-ID']}." in response.content.decode()


def test_a_line_of_json_has_its_fields_and_its_request():
    record = logging.LogRecord("jams", logging.INFO, "x.py", 1, "%s began", ("Friday",), None)
    record.fields = {"jam": "friday"}
    token = core_logging.current_request_id.set("abc")
    core_logging.RequestIdFilter().filter(record)
    core_logging.current_request_id.reset(token)
    line = json.loads(core_logging.JsonFormatter().format(record))
    assert line.pop("time").endswith("+00:00")
    told = {"level": "INFO", "logger": "jams", "message": "Friday began", "request_id": "abc", "jam": "friday"}
    assert line == told


def test_a_line_of_json_holds_the_traceback():
    with pytest.raises(ZeroDivisionError) as caught:
        1 / 0  # noqa: B018  (it is there to be raised)
    record = logging.LogRecord("jams", logging.ERROR, "x.py", 1, "broke", (), (caught.type, caught.value, caught.tb))
    line = core_logging.JsonFormatter().format(record)
    assert "\n" not in line
    assert json.loads(line)["exception"].endswith("ZeroDivisionError: division by zero")


def test_a_line_of_json_leaves_out_what_libraries_attach(rf):
    record = logging.LogRecord("django.request", logging.ERROR, "x.py", 1, "broke", (), None)
    record.request, record.status_code = rf.get("/", {"secret": "words"}), 500
    line = json.loads(core_logging.JsonFormatter().format(record))
    assert sorted(line) == ["level", "logger", "message", "request_id", "time"]


class Unprintable:
    def __str__(self):
        raise ValueError


def test_a_line_of_json_is_written_whatever_its_fields_are():
    record = logging.LogRecord("jams", logging.INFO, "x.py", 1, "Björk", (), None)
    record.fields = {"when": datetime(2026, 1, 2, tzinfo=UTC), "what": Unprintable()}
    line = core_logging.JsonFormatter().format(record)
    assert ("Björk" in line, json.loads(line)["when"]) == (True, "2026-01-02T00:00:00+00:00")


def test_django_tells_of_a_request_only_what_our_line_does_not():
    infos: list[Any] = [None, (1, 2, 3)]
    plain, broken = (logging.LogRecord("django.request", 30, "x.py", 1, "", (), info) for info in infos)
    assert [core_logging.TracebackOnlyFilter().filter(record) for record in (plain, broken)] == [False, True]


@pytest.mark.parametrize("fails", [False, True])
def test_a_request_is_in_progress_until_it_is_answered_or_fails(rf, fails):
    seen = []

    def view(_request):
        seen.append(read_progress())
        if fails:
            raise ZeroDivisionError
        return HttpResponse()

    with suppress(ZeroDivisionError):
        request_log.RequestLogMiddleware(view)(rf.get("/"))
    assert (seen, read_progress()) == ([1], 0)


def read_progress():
    return REGISTRY.get_sample_value("jamsite_requests_in_progress")
