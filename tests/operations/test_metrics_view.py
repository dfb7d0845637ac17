import json
import math
import os
import re
import shutil
import subprocess
import sys
from datetime import timedelta

import pytest
import yaml
from django.conf import settings as django_settings
from django.db import OperationalError
from django.tasks import TaskResultStatus
from django.utils import timezone
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from core import metrics
from core.exceptions import ActionError
from core.rate_limits import enforce_rate_limit
from jams.selectors import board
from jobs import queue
from jobs.models import Job
from operations import metrics_view
from operations.models import Backup
from tests.builders import make_entry, make_jam, make_song
from tests.jobs import work

pytestmark = pytest.mark.django_db(transaction=True)
DEPLOY = django_settings.BASE_DIR / "deploy"
NAME = re.compile(r"\bjamsite_\w+")


@pytest.fixture(autouse=True)
def token(settings):
    settings.METRICS_TOKEN = "let me in"
    return {"Authorization": "Bearer let me in"}


@pytest.fixture
def scrape(client, token):
    """Return the value of every sample, by its name and its labels in the order of their names."""

    def read():
        text = client.get("/metrics", headers=token).content.decode()
        samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
        return {(sample.name, *sample.labels.values()): sample.value for sample in samples}

    return read


@pytest.fixture
def grown(scrape):
    """Return by how much a sample has grown since the test began."""
    before = scrape()
    return lambda *key: scrape()[key] - before.get(key, 0)


@pytest.mark.parametrize(
    ("headers", "address", "status"),
    [
        ({}, "203.0.113.7", 403),
        ({"Authorization": "Bearer guess"}, "203.0.113.7", 403),
        ({"Authorization": "Bearer "}, "203.0.113.7", 403),
        ({"Authorization": "Bearer let me in"}, "203.0.113.7", 200),
        ({}, "10.1.2.3", 200),
        ({"X-Forwarded-For": "10.1.2.3"}, "203.0.113.7", 403),
        ({}, "", 403),
    ],
)
def test_metrics_need_the_token_or_an_internal_address(client, settings, headers, address, status):
    settings.METRICS_ADDRESSES = ["10.0.0.0/8"]
    assert client.get("/metrics", headers=headers, REMOTE_ADDR=address).status_code == status


@pytest.mark.parametrize(
    ("proxies", "visitor", "status"), [(0, "203.0.113.7", 403), (1, "203.0.113.7", 403), (1, "10.1.2.3", 200)]
)
def test_metrics_are_not_opened_by_the_address_of_the_proxy(client, settings, proxies, visitor, status):
    """Whoever named the proxy's address in METRICS_ADDRESSES opened the metrics to everybody."""
    settings.METRICS_ADDRESSES, settings.TRUSTED_PROXIES = ["127.0.0.1", "10.0.0.0/8"], proxies
    headers = {"X-Forwarded-For": visitor}
    assert client.get("/metrics", headers=headers, REMOTE_ADDR="127.0.0.1").status_code == status


def test_metrics_accept_no_empty_token(client, settings):
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 403


def test_metrics_count_requests_by_view_and_status(client, grown):
    jam = make_jam()
    client.get(jam.get_absolute_url())
    client.get("/nowhere/")
    assert grown("jamsite_requests_total", "GET", "200", "jams:detail") == 1
    assert grown("jamsite_requests_total", "GET", "404", "none") == 1
    assert grown("jamsite_request_seconds_count", "jams:detail") == 1
    assert grown("jamsite_request_queries_sum", "jams:detail") > 0


def test_metrics_count_unknown_methods_as_other(client, grown):
    client.generic("BREW", "/nowhere/")
    assert grown("jamsite_requests_total", "other", "404", "none") == 1


def test_metrics_count_votes_cast_and_withdrawn(client, grown):
    entry = make_entry()
    address = f"{entry.jam.get_absolute_url()}songs/{entry.pk}/vote/"
    for answer in (client.put(address), client.put(address), client.delete(address)):
        assert answer.status_code == 200
    assert grown("jamsite_votes_total") == 2


def test_metrics_count_searches_with_and_without_results(client, grown):
    make_entry(song=make_song(title="Valerie"))
    for words in ("valerie", "a song that nobody wrote", " "):
        client.post("/search/log/", {"q": words})
    assert (grown("jamsite_searches_total", "found"), grown("jamsite_searches_total", "nothing")) == (1, 1)


def test_metrics_count_cache_misses_and_hits(grown):
    jam = make_jam()
    for _ in range(2):
        board.read_current_board(jam.slug)
    assert grown("jamsite_cache_reads_total", "board", "miss") == 1
    assert grown("jamsite_cache_reads_total", "board", "local_hit") == 1


def test_metrics_count_rate_limited_requests_by_group(rf, grown):
    enforce_rate_limit(rf.get("/"), group="tests", who="dana", rate="1/h")
    with pytest.raises(ActionError):
        enforce_rate_limit(rf.get("/"), group="tests", who="dana", rate="1/h")
    assert grown("jamsite_rate_limited_total", "tests") == 1


def test_metrics_report_jobs_by_state_their_age_and_workers(scrape):
    queue.record_heartbeat("anna")
    waiting = work.echo.enqueue("la")
    Job.objects.filter(pk=waiting.id).update(enqueued_at=timezone.now() - timedelta(hours=1))
    given_up = work.fail.enqueue()
    Job.objects.filter(pk=given_up.id).update(status=TaskResultStatus.FAILED)
    told = scrape()
    states = {state: told["jamsite_jobs", state] for state in ("ready", "running", "failed", "successful")}
    assert states == {"ready": 1, "running": 0, "failed": 1, "successful": 0}
    assert 3600 <= told[("jamsite_oldest_job_seconds",)] < 7200
    assert told[("jamsite_workers",)] == 1


def test_metrics_without_a_database_still_report_counters(scrape, monkeypatch):
    def away():
        raise OperationalError("gone")

    monkeypatch.setattr(metrics_view, "count_jobs_by_state", away)
    told = scrape()
    assert (("jamsite_votes_total",) in told, ("jamsite_workers",) in told) == (True, False)


def test_metrics_report_backups_and_the_disk(scrape, settings):
    never = scrape()
    assert (never["jamsite_backup_age_seconds",], never["jamsite_backup_failed",]) == (math.inf, 0)
    Backup.objects.create(at=timezone.now() - timedelta(hours=2), file="a")
    done = scrape()
    Backup.objects.create(at=timezone.now() - timedelta(hours=1), file="a", error="No space left on device")
    failed = scrape()
    assert [7200 <= told["jamsite_backup_age_seconds",] < 10_000 for told in (done, failed)] == [True, True]
    assert [told["jamsite_backup_failed",] for told in (done, failed)] == [0, 1]
    assert 0 < done["jamsite_disk_free_ratio",] < 1


def test_panels_of_counts_show_0_without_any():
    """A counter that was never raised is no series, and a panel of it would say "No data"."""
    panels = json.loads((DEPLOY / "grafana/dashboard.json").read_text())["panels"]
    told = {panel["title"]: panel["targets"][0]["expr"] for panel in panels}
    counts = ("Requests per second", "Error rate", "Votes per minute", "Searches per minute")
    assert [title for title in (*counts, "Rate-limited requests per minute") if "or vector(0)" not in told[title]] == []


def test_metrics_take_four_queries(client, token, django_assert_num_queries):
    with django_assert_num_queries(4):
        client.get("/metrics", headers=token)


def test_record_live_update_counts_no_negative_time(scrape):
    before = scrape()["jamsite_live_seconds_sum",]
    metrics.record_live_update(since=100.0, now=99.0)
    metrics.record_live_update(since=None, now=99.0)
    assert scrape()["jamsite_live_seconds_sum",] == before


def test_slow_statements_are_recorded_up_to_a_limit(monkeypatch):
    monkeypatch.setattr(metrics, "slow_statements", {})
    monkeypatch.setattr(metrics, "MAX_SLOW_STATEMENTS", 2)
    for sql, seconds in [("a", 0.001), ("b", 0.5), ("c", 0.5), ('SAVEPOINT "s1_x1"', 0.5), ("d", 0.5), ("b", 0.25)]:
        metrics.record_query(sql, seconds)
    assert metrics.slow_statements == {"b": (2, 0.75), "c": (1, 0.5)}


def known_names():
    """Return all names of metrics that a scrape can contain, without the suffixes of histogram samples."""
    families = [*REGISTRY.collect(), *metrics_view.database_registry.collect()]
    return {family.name for family in families} | {sample.name for family in families for sample in family.samples}


@pytest.mark.parametrize("file", ["grafana/dashboard.json", "prometheus/alerts.yml"])
def test_dashboard_and_alerts_use_only_existing_metrics(file):
    for metric in (metrics.request_seconds, metrics.request_queries):
        metric.labels("jams:detail")
    metrics.requests.labels("jams:detail", "GET", 200)
    metrics.cache_reads.labels("board", "hit")
    metrics.rate_limited.labels("votes")
    metrics.outages.labels("cache")
    metrics.searches.labels("found")
    metrics.pool_connections.labels("used")
    names = set(NAME.findall((DEPLOY / file).read_text()))
    assert names - known_names() == set()
    assert len(names) > 5


def test_grafana_panels_have_distinct_titles_and_places():
    panels = json.loads((DEPLOY / "grafana/dashboard.json").read_text())["panels"]
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}
    assert (
        len({panel["title"] for panel in panels})
        == len({panel["id"] for panel in panels})
        == len(places)
        == len(panels)
    )


def test_process_registry_adds_up_processes_in_multiprocess_mode(tmp_path, monkeypatch):
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    count = "from core import metrics; metrics.votes.inc(); metrics.sockets.inc()"
    for _ in range(2):
        subprocess.run([sys.executable, "-c", count], cwd=django_settings.BASE_DIR, env=os.environ, check=True)
    assert metrics_view.get_process_registry().get_sample_value("jamsite_votes_total") == 2


def test_alerts_have_a_severity_and_what_to_do():
    (group,) = yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text())["groups"]
    told = [(rule["labels"]["severity"], sorted(rule["annotations"])) for rule in group["rules"]]
    assert [words for severity, words in told if severity not in ("page", "ticket")] == []
    assert {tuple(words) for _, words in told} == {("summary", "what_to_do")}


def test_alerts_are_accepted_by_promtool():
    """Only where promtool is installed; elsewhere `true` runs in its place."""
    promtool = shutil.which("promtool")
    command = [promtool, "check", "rules"] if promtool else ["true"]
    done = subprocess.run([*command, DEPLOY / "prometheus/alerts.yml"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
