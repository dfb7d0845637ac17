"""The API keeps to what it publishes: schemathesis makes up requests, fitting and unfitting, for every operation."""

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from django.test import Client
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from jamsite.wsgi import application
from tests.builders import make_entry, make_jam, make_performance, make_song, make_token, make_vote

EXAMPLES = 25 if connection.vendor == "postgresql" else 5  # SQLite takes whatever PostgreSQL takes, and more

schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)


@pytest.fixture
def headers(db):
    """One of everything, and what a listener and an administrator's program send who may do all of it.

    The requests stay inside the test's transaction.
    """
    entry = make_entry(id=1, jam=make_jam(slug="a"), song=make_song(id=1))
    make_performance(entry=make_vote(entry=entry).entry)
    listener = Client()
    token = listener.get("/api/v1/session").json()["csrf_token"]
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in listener.cookies.items())
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield {"X-CSRFToken": token, "Cookie": cookies, "Authorization": f"Bearer {make_token()}"}
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@schema.parametrize()
@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
def test_an_operation_answers_as_published(case, headers):
    """What hosts write may be refused for what a schema cannot say: it ends before it starts, a part named twice."""
    beyond = [positive_data_acceptance] if case.method in ("POST", "PATCH") else []
    plain = {"Accept-Encoding": "identity"}  # this client asks for gzip and cannot read it
    case.call_and_validate(headers={**headers, **plain}, excluded_checks=beyond)
    assert case.operation.label
