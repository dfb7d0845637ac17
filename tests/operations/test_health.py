import signal
import threading

import pytest
from django.db import OperationalError

from core.caching import generations
from core.counters import breaker
from core.version import VERSION
from jams.live.hub import announcer
from jobs import queue
from jobs.models import Worker
from operations import health
from tests.servers import PATIENCE, wait_until

pytestmark = pytest.mark.django_db(transaction=True)
ALL_OK = dict.fromkeys(["database", "migrations", "worker", "cache", "counters", "channel_layer"], "ok")


@pytest.fixture(autouse=True)
def worker(monkeypatch):
    """A worker that has just reported, and timeouts that are long enough on a busy machine."""
    monkeypatch.setattr(health, "DATABASE_TIMEOUT_SECONDS", PATIENCE)
    monkeypatch.setattr(health, "CHANNEL_LAYER_TIMEOUT_SECONDS", PATIENCE)
    queue.record_heartbeat("anna")


@pytest.fixture
def database_check(monkeypatch):
    """A check that has not seen the migrations yet."""
    monkeypatch.setattr(health, "_database_check", health._DatabaseCheck())
    return health._database_check


def get_readyz(client):
    response = client.get("/readyz")
    return response.status_code, response.json()


def test_readyz_is_ok_when_every_part_works(client):
    assert get_readyz(client) == (200, {"status": "ok", "parts": ALL_OK})


def test_livez_takes_no_query_and_is_not_cached(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/livez")
    assert (response.status_code, response["Cache-Control"]) == (200, "no-store")
    assert response.json() == {"status": "ok", "version": VERSION}


def test_readyz_needs_neither_https_nor_an_allowed_host(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/readyz", headers={"host": "10.1.2.3:8000"}).status_code == 200


def test_readyz_without_a_worker_is_degraded(client):
    Worker.objects.all().delete()
    assert get_readyz(client) == (200, {"status": "degraded", "parts": {**ALL_OK, "worker": "degraded"}})


def test_readyz_without_cache_is_degraded(client, monkeypatch):
    monkeypatch.setattr(generations, "is_cache_down", lambda: True)
    assert get_readyz(client) == (200, {"status": "degraded", "parts": {**ALL_OK, "cache": "degraded"}})


def test_readyz_without_counters_is_degraded(client):
    breaker.record_failure()
    assert get_readyz(client) == (200, {"status": "degraded", "parts": {**ALL_OK, "counters": "degraded"}})


def test_readyz_without_channel_layer_is_degraded(client, monkeypatch):
    monkeypatch.setattr(health, "get_channel_layer", lambda: None)
    assert get_readyz(client) == (200, {"status": "degraded", "parts": {**ALL_OK, "channel_layer": "degraded"}})


def test_readyz_with_unapplied_migrations_is_down(client, database_check, monkeypatch):
    monkeypatch.setattr(health, "_unapplied_migrations", lambda: ["one"])
    code, health_report = get_readyz(client)
    assert (code, health_report["status"], health_report["parts"]["migrations"]) == (503, "down", "down")


def test_readyz_checks_migrations_until_all_are_applied(client, database_check, monkeypatch):
    answers = iter([["one"], []])
    monkeypatch.setattr(health, "_unapplied_migrations", lambda: next(answers))
    assert [get_readyz(client)[0] for _ in range(3)] == [503, 200, 200]


def test_readyz_without_database_is_down_and_hides_the_error(client, database_check, monkeypatch):
    def fail():
        raise OperationalError("password of jamsite is 12345")

    monkeypatch.setattr(database_check, "query", fail)
    response = client.get("/readyz")
    assert (response.status_code, response.json()["parts"]["database"]) == (503, "down")
    assert "12345" not in response.content.decode()


def test_database_check_sends_no_second_query_while_one_hangs(database_check, monkeypatch):
    answer, queries = threading.Event(), []

    def query():
        queries.append(1)
        return answer.wait(PATIENCE) and {}

    monkeypatch.setattr(database_check, "query", query)
    assert [database_check.run(0.01), database_check.run(0.01)] == [
        database_check.UNREACHABLE,
        database_check.UNREACHABLE,
    ]
    answer.set()
    assert database_check.pending.result(PATIENCE) == {}
    assert len(queries) == 1


def test_database_check_takes_two_queries_after_the_first_time(database_check, django_assert_num_queries):
    database_check.query()
    with django_assert_num_queries(2):
        database_check.query()


def test_announcer_keeps_one_event_loop():
    assert announcer.loop() is announcer.loop()


def test_readyz_is_draining_before_the_server_stops(start_server):
    server = start_server(DRAIN_SECONDS="300")
    server.process.send_signal(signal.SIGTERM)
    wait_until(lambda: server.get("/readyz").json()["status"] == "draining")
    assert (server.get("/readyz").status_code, server.get("/livez").status_code) == (503, 200)
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(PATIENCE) == 0
