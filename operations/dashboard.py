"""The live dashboard in the admin: how the site is doing, without an outside monitoring service."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render
from django.tasks import TaskResultStatus
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.charts import LinePlot
from core.http.htmx import HtmxRequest
from jobs.models import Job, Worker
from operations import health, statistics
from operations.live_metrics import HourOfMetrics, MetricCounts, metrics_recorder
from operations.metrics_view import read_backups, read_free_disk
from operations.models import ErrorReport


@never_cache
@require_safe
def dashboard(request: HtmxRequest) -> HttpResponse:
    """Show the dashboard to administrators. htmx requests only its content, every few seconds."""
    if not request.user.is_superuser:
        raise PermissionDenied
    context = read_dashboard(metrics_recorder.read_all(), now=time.time())
    if request.htmx:
        return render(request, "operations/_dashboard.html", context)
    page = {**admin.site.each_context(request), "title": _("Dashboard"), **context}
    return render(request, "operations/dashboard.html", page)


def read_dashboard(hour: HourOfMetrics, *, now: float) -> dict[str, Any]:
    """Return the template context of the dashboard. `now` is in seconds since 1970."""
    minutes = statistics.list_minutes(hour, now)
    return {
        "plots": build_plots(minutes, sockets=hour.sockets, seconds=60 + now % 60),
        "health": describe_health(),
        "jobs": count_jobs(),
        "views": statistics.rank_slowest(minutes, "view"),
        "statements": statistics.rank_slowest(minutes, "statement"),
        "errors": ErrorReport.objects.all()[:5],
    }


OLD_BACKUP_SECONDS = 36 * 60 * 60  # as in deploy/prometheus/alerts.yml
LITTLE_FREE_DISK = 0.1


@dataclass(frozen=True)
class HealthRow:
    """One part of the site, its state, and whether it needs attention."""

    name: str
    state: str
    is_bad: bool


def describe_health() -> list[HealthRow]:
    """Return each part of the site that can be away, the last backup, and the disk."""
    names = {
        "database": _("Database"),
        "migrations": _("Migrations"),
        "worker": _("Worker"),
        "cache": _("Cache"),
        "counters": _("Rate limit counters"),
        "channel_layer": _("Live updates"),
    }
    states = {health.OK: _("OK"), health.DEGRADED: _("Not available"), health.DOWN: _("Not available")}
    found = health.check_parts()
    rows = [HealthRow(name, states[found[part]], found[part] != health.OK) for part, name in names.items()]
    return [*rows, _describe_backups(), _describe_disk()]


def _describe_backups() -> HealthRow:
    seconds, failed = read_backups(timezone.now())
    if seconds == math.inf:
        return HealthRow(_("Last backup"), _("None."), True)
    number = number_format(seconds // 3600, 0, force_grouping=True)
    state = _("%(number)s hours ago") % {"number": number}
    return HealthRow(
        _("Last backup"),
        _("%s; a later one failed") % state if failed else state,
        failed or seconds > OLD_BACKUP_SECONDS,
    )


def _describe_disk() -> HealthRow:
    free = read_free_disk()
    return HealthRow(_("Free disk space"), _with_unit(100 * free, 0, "%"), free < LITTLE_FREE_DISK)


type PlotRow = tuple[str, str, str, LinePlot]


def build_plots(minutes: list[MetricCounts], *, sockets: float, seconds: float) -> list[PlotRow]:
    """Return each plot with its name, its present value and its peak.

    `minutes` are the last 60, oldest first; `seconds` is how long the last two of them have lasted together.
    """
    last, recent = minutes[-1] + minutes[-2], statistics.sum_minutes(minutes[-statistics.RECENT_MINUTES :])

    def row(
        name: str, now: float, value: Callable[[MetricCounts], float], decimals: int = 0, unit: str = ""
    ) -> PlotRow:
        plot = LinePlot([value(minute) for minute in minutes])
        return name, _with_unit(now, decimals, unit), _with_unit(plot.top, decimals, unit), plot

    response_time = partial(statistics.estimate_percentile, part=0.95)
    delay = partial(statistics.estimate_percentile, part=0.95, kind="live")
    error_rate, hit_rate = statistics.calculate_error_rate, statistics.calculate_hit_rate
    return [
        row(_("Requests per second"), last[("requests",)] / seconds, lambda m: m[("requests",)] / 60, 1),
        row(_("Response time (95th percentile)"), response_time(recent), response_time, unit="ms"),
        row(_("Live update delay (95th percentile)"), delay(recent), delay, unit="ms"),
        row(_("Error rate"), error_rate(recent), error_rate, 1, "%"),
        row(_("Cache hit rate"), hit_rate(recent), hit_rate, unit="%"),
        row(_("Open WebSockets"), sockets, lambda m: m[("sockets",)]),
        row(_("Votes per minute"), 60 * last[("votes",)] / seconds, lambda m: m[("votes",)]),
        row(_("Searches per minute"), 60 * last[("searches",)] / seconds, lambda m: m[("searches",)]),
        row(_("Messages per second"), last[("messages",)] / seconds, lambda m: m[("messages",)] / 60, 1),
    ]


def _with_unit(value: float, decimals: int, unit: str) -> str:
    """Return a number as the reader's language writes it, such as 1,750 ms or 2.5%."""
    number = number_format(round(value, decimals), decimals, force_grouping=True)
    return _("%(number)s%%") % {"number": number} if unit == "%" else f"{number} {unit}".rstrip()


def count_jobs() -> dict[str, int]:
    """Return how many jobs are in each state, and how many workers are running, by the label to show."""
    counts = dict(Job.objects.order_by().values_list("status").annotate(Count("pk")))
    by_label = {status.label: counts.get(status.value, 0) for status in TaskResultStatus}
    return {**by_label, _("Workers"): Worker.objects.alive().count()}
