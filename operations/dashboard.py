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
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from jobs.models import Job, Worker
from operations import statistics
from operations.live_metrics import Figures, Hour, pulse
from operations.models import ErrorReport
from operations.statistics import Plot


@never_cache
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """The dashboard; htmx fetches only what is inside it, every few seconds."""
    if not request.user.is_superuser:
        raise PermissionDenied
    context = content(pulse.of_all(), now=time.time())
    if request.htmx:
        return render(request, "operations/_dashboard.html", context)
    page = {**admin.site.each_context(request), "title": _("Dashboard"), **context}
    return render(request, "operations/dashboard.html", page)


def content(hour: Hour, *, now: float) -> dict[str, Any]:
    """Return what the dashboard shows of this hour, and of the queue."""
    minutes = statistics.by_minute(hour, now)
    return {
        "plots": plots(minutes, sockets=hour.sockets, seconds=60 + now % 60),
        "jobs": jobs(),
        "views": statistics.slowest(minutes, "view"),
        "statements": statistics.slowest(minutes, "statement"),
        "errors": ErrorReport.objects.all()[:5],
    }


def plots(minutes: list[Figures], *, sockets: float, seconds: float) -> list[tuple[str, str, Plot]]:
    """Return each plot with its name and its value now; the last two minutes lasted `seconds`."""
    last, recent = minutes[-1] + minutes[-2], statistics.together(minutes[-statistics.RECENT :])

    def plot(value: Any) -> Plot:
        return Plot([value(minute) for minute in minutes])

    p95, wait = partial(statistics.percentile, part=0.95), statistics.percentile(recent, part=0.95)
    live, lag = partial(p95, kind="live"), statistics.percentile(recent, part=0.95, kind="live")
    return [
        (_("Requests a second"), f"{last[('requests',)] / seconds:.1f}", plot(lambda m: m[("requests",)] / 60)),
        (_("95 % answered within"), f"{wait:.0f} ms", plot(p95)),
        (_("Changes sent within (95 %)"), f"{lag:.0f} ms", plot(live)),
        (_("Errors"), f"{statistics.error_share(recent):.1f} %", plot(statistics.error_share)),
        (_("Found in the cache"), f"{statistics.hit_share(recent):.0f} %", plot(statistics.hit_share)),
        (_("Open sockets"), f"{sockets:.0f}", plot(lambda m: m[("sockets",)])),
        (_("Votes a minute"), f"{60 * last[('votes',)] / seconds:.0f}", plot(lambda m: m[("votes",)])),
        (_("Searches a minute"), f"{60 * last[('searches',)] / seconds:.0f}", plot(lambda m: m[("searches",)])),
        (_("Messages a second"), f"{last[('messages',)] / seconds:.1f}", plot(lambda m: m[("messages",)] / 60)),
    ]


def jobs() -> dict[str, int]:
    """Return how many jobs are in each state, and how many workers are there for them."""
    found = dict(Job.objects.order_by().values_list("status").annotate(Count("pk")))
    counts = {status.label: found.get(status.value, 0) for status in TaskResultStatus}
    return {**counts, _("Workers"): Worker.objects.alive().count()}
