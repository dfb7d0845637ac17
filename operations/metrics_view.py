"""`/metrics`, for Prometheus: the counters of this server, and what the database knows of the jobs."""

import os
from collections.abc import Iterator
from datetime import datetime
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.db.models import Case, Count, Min, When
from django.http import HttpRequest, HttpResponse
from django.tasks import TaskResultStatus
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Metric, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from jobs.models import Job, Worker


def metrics(request: HttpRequest) -> HttpResponse:
    """Every metric in Prometheus' text format; 403 without METRICS_TOKEN and from outside METRICS_ADDRESSES."""
    if not may_read_metrics(request):
        return HttpResponse("You don't have access to this.\n", status=403, content_type="text/plain")
    return HttpResponse(
        generate_latest(get_process_registry()) + generate_latest(database_registry), content_type=CONTENT_TYPE_LATEST
    )


def may_read_metrics(request: HttpRequest) -> bool:
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if settings.METRICS_TOKEN and constant_time_compare(token, settings.METRICS_TOKEN):
        return True
    try:
        address = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:  # a Unix socket has none
        return False
    return any(address in ip_network(network) for network in settings.METRICS_ADDRESSES)


def get_process_registry() -> CollectorRegistry:
    """Return the counters of this process, or of all processes beside it when they count together."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return registry


class DatabaseCollector(Collector):
    """Reads the jobs at each scrape. They are the same whichever process is asked: take the largest, not the sum."""

    def collect(self) -> Iterator[Metric]:
        try:
            yield from (count_jobs_by_state(), measure_oldest_job(timezone.now()), count_workers())
        except (DatabaseError, InterfaceError):
            return  # /readyz and the alerts tell of it


def count_jobs_by_state() -> Metric:
    family = GaugeMetricFamily("jamsite_jobs", "Background jobs, by state.", labels=["state"])
    found = dict(Job.objects.order_by().values_list("status").annotate(Count("pk")))
    for state in TaskResultStatus.values:
        family.add_metric([state.lower()], found.get(state, 0))
    return family


def measure_oldest_job(now: datetime) -> Metric:
    since = Case(When(run_after__lte=now, then="run_after"), default="enqueued_at")  # or it waits from its beginning
    began = Job.objects.due(now).order_by().aggregate(oldest=Min(since))["oldest"]
    seconds = max(0.0, (now - began).total_seconds()) if began else 0.0
    return GaugeMetricFamily("jamsite_oldest_job_seconds", "Age of the oldest job that is due.", seconds)


def count_workers() -> Metric:
    return GaugeMetricFamily("jamsite_workers", "Workers seen recently.", Worker.objects.alive().count())


database_registry = CollectorRegistry()
database_registry.register(DatabaseCollector())
