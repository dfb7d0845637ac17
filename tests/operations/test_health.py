import signal
import threading

import pytest
from django.db import OperationalError

from jams.live.hub import announcer
from jobs import queue
from jobs.models import Worker
from operations import health
from tests.servers import PATIENCE, wait_until

pytestmark = pytest.mark.django_db(transaction=True)
WELL = dict.fromkeys(["database", "migrations", "worker", "cache", "channel_layer"], "ok")


@pytest.fixture(autouse=True)
def worker(monkeypatch):
    """A worker that has just been heard of, and as much time to ask as a busy machine needs."""
    monkeypatch.setattr(health, "DATABASE_TIMEOUT_SECONDS", PATIENCE)
    monkeypatch.setattr(health, "CHANNEL_LAYER_TIMEOUT_SECONDS", PATIENCE)
    queue.record_heartbeat("anna")


@pytest.fixture
def records(monkeypatch):
    """Health without a memory of what it saw before."""
    monkeypatch.setattr(health, "_database_check", health._DatabaseCheck())
    return health._database_check


def ready(client):
    response = client.get("/readyz")
    return response.status_code, response.json()


def test_a_site_in_which_all_is_well_is_ready(client):
    assert ready(client) == (200, {"status": "ok", "parts": WELL})


def test_a_live_process_says_so_without_asking_anything(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/livez")
    assert (response.status_code, response.json(), response["Cache-Control"]) == (200, {"status": "ok"}, "no-store")


def test_probes_need_neither_https_nor_our_name(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/readyz", headers={"host": "10.1.2.3:8000"}).status_code == 200


def test_a_site_without_a_worker_is_degraded_and_serves(client):
    Worker.objects.all().delete()
    assert ready(client) == (200, {"status": "degraded", "parts": {**WELL, "worker": "degraded"}})


def test_a_site_without_cache_is_degraded_and_serves(client, monkeypatch):
    monkeypatch.setattr(health.generations, "is_cache_down", lambda: True)
    assert ready(client) == (200, {"status": "degraded", "parts": {**WELL, "cache": "degraded"}})


def test_a_site_without_channel_layer_is_degraded_and_serves(client, monkeypatch):
    monkeypatch.setattr(health, "get_channel_layer", lambda: None)
    assert ready(client) == (200, {"status": "degraded", "parts": {**WELL, "channel_layer": "degraded"}})


def test_a_site_whose_migrations_are_missing_is_down(client, records, monkeypatch):
    monkeypatch.setattr(health, "_unapplied_migrations", lambda: ["one"])
    code, told = ready(client)
    assert (code, told["status"], told["parts"]["migrations"]) == (503, "down", "down")


def test_migrations_are_looked_for_until_all_are_there(client, records, monkeypatch):
    answers = iter([["one"], []])
    monkeypatch.setattr(health, "_unapplied_migrations", lambda: next(answers))
    assert [ready(client)[0] for _ in range(3)] == [503, 200, 200]


def test_a_site_without_database_is_down_and_does_not_say_why(client, records, monkeypatch):
    def away():
        raise OperationalError("password of jamsite is 12345")

    monkeypatch.setattr(records, "look", away)
    response = client.get("/readyz")
    assert (response.status_code, response.json()["parts"]["database"]) == (503, "down")
    assert "12345" not in response.content.decode()


def test_a_database_that_hangs_is_down_and_asked_once(records, monkeypatch):
    answer, asked = threading.Event(), []
    monkeypatch.setattr(records, "look", lambda: asked.append(1) or (answer.wait(PATIENCE) and {}))
    assert [records.ask(0.01), records.ask(0.01)] == [records.AWAY, records.AWAY]
    answer.set()
    assert records.pending.result(PATIENCE) == {}
    assert len(asked) == 1


def test_looking_costs_three_queries_once_and_then_two(records, django_assert_num_queries):
    records.look()
    with django_assert_num_queries(2):
        records.look()


def test_the_channel_layer_is_asked_in_a_loop_that_stays():
    assert announcer.loop() is announcer.loop()


def test_a_server_that_is_to_stop_asks_to_be_left_alone_first(start_server):
    server = start_server(DRAIN_SECONDS="300")
    server.process.send_signal(signal.SIGTERM)
    wait_until(lambda: server.get("/readyz").json()["status"] == "draining")
    assert (server.get("/readyz").status_code, server.get("/livez").status_code) == (503, 200)
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(PATIENCE) == 0
