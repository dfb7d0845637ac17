from typing import Any

import sentry_sdk

from operations import sentry


def test_scrub_event_removes_personal_data():
    event: Any = {
        "user": {"id": 7, "ip_address": "10.0.0.1"},
        "server_name": "dana-laptop",
        "request": {
            "url": "https://jam.example.org/jams/friday/",
            "method": "PUT",
            "cookies": {"browser": "secret"},
            "headers": {"Cookie": "browser=secret"},
            "env": {"REMOTE_ADDR": "10.0.0.1"},
            "query_string": "q=dana",
            "data": {"name": "Dana"},
        },
        "exception": {"values": [{"type": "IntegrityError", "value": "duplicate key\nDETAIL: Key (name)=(dana)"}]},
        "breadcrumbs": {"values": ["Dana joined"]},
        "extra": {"name": "Dana"},
    }
    assert sentry.scrub_event(event, {}) == {
        "request": {"url": "https://jam.example.org/jams/friday/", "method": "PUT"},
        "exception": {"values": [{"type": "IntegrityError", "value": "duplicate key"}]},
        "tags": {"request_id": "-"},
    }


def test_failed_request_is_one_event(client, monkeypatch):
    sent: list[Any] = []
    monkeypatch.setattr(sentry, "scrub_event", lambda event, hint: sent.append(event))
    monkeypatch.setattr("jams.views.home.render", lambda *args: 1 / 0)
    client.raise_request_exception = False
    try:
        sentry.start_sentry("http://key@127.0.0.1:9/1")
        assert client.get("/about/").status_code == 500
    finally:
        sentry_sdk.init(dsn=None)
    assert [event["exception"]["values"][0]["type"] for event in sent] == ["ZeroDivisionError"]


def test_scrub_event_accepts_an_event_without_a_request():
    assert sentry.scrub_event({"level": "error"}, {}) == {"level": "error", "tags": {"request_id": "-"}}
