"""The live dashboard in the admin: how the site does, without any outside service."""

import time
from functools import partial
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.tasks import TaskResultStatus
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from jobs.models import Job, Worker
from operations import statistics
from operations.live_metrics import HourOfMetrics, MetricCounts, metrics_recorder
from operations.models import ErrorReport
from operations.statistics import LinePlot


@never_cache
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """The dashboard; htmx fetches only what is inside it, every few seconds."""
    if not request.user.is_superuser:
        raise PermissionDenied
    context = read_dashboard(metrics_recorder.of_all(), now=time.time())
    if request.htmx:
        return render(request, "operations/_dashboard.html", context)
    page = {**admin.site.each_context(request), "title": _("Dashboard"), **context}
    return render(request, "operations/dashboard.html", page)


def read_dashboard(hour: HourOfMetrics, *, now: float) -> dict[str, Any]:
    """Return what the dashboard shows of this hour, and of the queue."""
    minutes = statistics.list_minutes(hour, now)
    return {
        "plots": build_plots(minutes, sockets=hour.sockets, seconds=60 + now % 60),
        "jobs": count_jobs(),
        "views": statistics.rank_slowest(minutes, "view"),
        "statements": statistics.rank_slowest(minutes, "statement"),
        "errors": ErrorReport.objects.all()[:5],
    }


def build_plots(minutes: list[MetricCounts], *, sockets: float, seconds: float) -> list[tuple[str, str, str, LinePlot]]:
    """Return each plot with its name, its value now and its peak; the last two minutes lasted `seconds`."""
    last, recent = minutes[-1] + minutes[-2], statistics.sum_minutes(minutes[-statistics.RECENT_MINUTES :])

    def row(name: str, now: float, value: Any, decimals: int = 0, unit: str = "") -> tuple[str, str, str, LinePlot]:
        plot = LinePlot([value(minute) for minute in minutes])
        return name, _with_unit(now, decimals, unit), _with_unit(plot.top, decimals, unit), plot

    p95, wait = partial(statistics.estimate_percentile, part=0.95), statistics.estimate_percentile(recent, part=0.95)
    live, lag = partial(p95, kind="live"), statistics.estimate_percentile(recent, part=0.95, kind="live")
    return [
        row(_("Requests per second"), last[("requests",)] / seconds, lambda m: m[("requests",)] / 60, 1),
        row(_("Response time (95th percentile)"), wait, p95, unit="ms"),
        row(_("Live update delay (95th percentile)"), lag, live, unit="ms"),
        row(_("Error rate"), statistics.calculate_error_rate(recent), statistics.calculate_error_rate, 1, "%"),
        row(_("Cache hit rate"), statistics.calculate_hit_rate(recent), statistics.calculate_hit_rate, unit="%"),
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
    """Return how many jobs are in each state, and how many workers are there for them."""
    found = dict(Job.objects.order_by().values_list("status").annotate(Count("pk")))
    counts = {status.label: found.get(status.value, 0) for status in TaskResultStatus}
    return {**counts, _("Workers"): Worker.objects.alive().count()}
