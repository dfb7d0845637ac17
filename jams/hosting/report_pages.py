"""The night report, as a page and as a table for a spreadsheet."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from jams.hosting import report
from jams.hosting.access import for_hosts
from jams.hosting.plots import ROW
from jams.models import Jam


@never_cache
@require_safe
@for_hosts
def page(request: HttpRequest, jam: Jam) -> HttpResponse:
    shown = report.read(jam)
    return render(request, "host/report.html", {"jam": jam, "report": shown, "turns_height": ROW * len(shown.turns)})


@never_cache
@require_safe
@for_hosts
def table(request: HttpRequest, jam: Jam) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{jam.slug}.csv"'
    report.write_csv(report.read(jam), response)
    return response
