"""`/metrics`, for Prometheus: the counters of this server, and the state of the background jobs."""

import math
import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.db.models import Case, Count, Max, Min, Q, When
from django.http import HttpRequest, HttpResponse
from django.tasks import TaskResultStatus
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Metric, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from core.client_ip import get_client_address
from core.version import VERSION
from jobs.models import Job, Worker
from operations.models import Backup


def metrics(request: HttpRequest) -> HttpResponse:
    """Return all metrics in Prometheus' text format, or 403; see `may_read_metrics`."""
    if not may_read_metrics(request):
        return HttpResponse("You don't have access to this.\n", status=403, content_type="text/plain")
    return HttpResponse(
        generate_latest(get_process_registry()) + generate_latest(database_registry), content_type=CONTENT_TYPE_LATEST
    )


def may_read_metrics(request: HttpRequest) -> bool:
    """Return whether the request carries METRICS_TOKEN or comes from one of METRICS_ADDRESSES.

    What came through a proxy that TRUSTED_PROXIES does not count has no known address, only that of the proxy.
    """
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if settings.METRICS_TOKEN and constant_time_compare(token, settings.METRICS_TOKEN):
        return True
    address = get_client_address(request)
    if not address or ("X-Forwarded-For" in request.headers and not settings.TRUSTED_PROXIES):
        return False
    return any(ip_address(address) in ip_network(network) for network in settings.METRICS_ADDRESSES)


def get_process_registry() -> CollectorRegistry:
    """Return the counters of this process, or of all processes of this server in multiprocess mode."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # prometheus_client leaves it untyped
    return registry


class DatabaseCollector(Collector):
    """Reads the state of the jobs, the backups and the disk at each scrape.

    Every process reports the same numbers, so a query over several processes takes their maximum, not their sum.
    """

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics; only the version and the disk while the database is unreachable."""
        yield from (tell_version(), measure_disk())
        try:
            yield from (count_jobs_by_state(), measure_oldest_job(timezone.now()), count_workers())
            yield from measure_backups(timezone.now())
        except (DatabaseError, InterfaceError):
            return  # /readyz and the alerts report it


def tell_version() -> Metric:
    """Return the number 1 with the version that runs, which tells in a graph when it was updated."""
    family = GaugeMetricFamily("jamsite_build_info", "The version that runs.", labels=["version"])
    family.add_metric([VERSION], 1)
    return family


def count_jobs_by_state() -> Metric:
    """Return the number of jobs in each state."""
    family = GaugeMetricFamily("jamsite_jobs", "Background jobs, by state.", labels=["state"])
    counts = dict(Job.objects.order_by().values_list("status").annotate(Count("pk")))
    for state in TaskResultStatus.values:
        family.add_metric([state.lower()], counts.get(state, 0))
    return family


def measure_oldest_job(now: datetime) -> Metric:
    """Return how many seconds the oldest job that is due has been waiting: since `run_after`, or since it was added."""
    since = Case(When(run_after__lte=now, then="run_after"), default="enqueued_at")
    oldest = Job.objects.due(now).order_by().aggregate(oldest=Min(since))["oldest"]
    seconds = max(0.0, (now - oldest).total_seconds()) if oldest else 0.0
    return GaugeMetricFamily("jamsite_oldest_job_seconds", "Age of the oldest job that is due.", seconds)


def count_workers() -> Metric:
    """Return the number of workers that have reported recently."""
    return GaugeMetricFamily("jamsite_workers", "Workers seen recently.", Worker.objects.alive().count())


def measure_disk() -> Metric:
    """Return which share of the disk that holds DATA_DIR is free, from 0 to 1."""
    return GaugeMetricFamily("jamsite_disk_free_ratio", "Free share of DATA_DIR's disk.", read_free_disk())


def read_free_disk() -> float:
    usage = shutil.disk_usage(settings.DATA_DIR)
    return usage.free / usage.total


def measure_backups(now: datetime) -> list[Metric]:
    """Return the age of the last backup, which is infinite if there is none, and whether the last attempt failed."""
    age, failed = read_backups(now)
    return [
        GaugeMetricFamily("jamsite_backup_age_seconds", "Age of the last backup.", age),
        GaugeMetricFamily("jamsite_backup_failed", "1 if the last attempt to back up failed.", int(failed)),
    ]


def read_backups(now: datetime) -> tuple[float, bool]:
    """Return the seconds since the last backup, and whether the last attempt failed."""
    ends = Backup.objects.order_by().aggregate(good=Max("at", filter=Q(error="")), last=Max("at"))
    age = (now - ends["good"]).total_seconds() if ends["good"] else math.inf
    return age, ends["last"] != ends["good"]


database_registry = CollectorRegistry()
database_registry.register(DatabaseCollector())
