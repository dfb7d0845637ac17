"""The live dashboard in the admin: how the site is doing, without an outside monitoring service."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render
from django.tasks import TaskResultStatus
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.charts import LinePlot
from core.http.htmx import HtmxRequest
from jobs.models import Job, Worker
from operations import statistics
from operations.live_metrics import HourOfMetrics, MetricCounts, metrics_recorder
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
        "jobs": count_jobs(),
        "views": statistics.rank_slowest(minutes, "view"),
        "statements": statistics.rank_slowest(minutes, "statement"),
        "errors": ErrorReport.objects.all()[:5],
    }


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
