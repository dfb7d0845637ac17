"""The night report as a page and as a CSV file."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.charts import ROW_HEIGHT
from jams.identity.host_access import HostRequest, require_host
from jams.models import Jam
from jams.selectors import night_report


@never_cache
@require_safe
@require_host
def night_report_page(request: HostRequest, jam: Jam) -> HttpResponse:
    shown = night_report.read_night_report(jam)
    return render(
        request, "host/report.html", {"jam": jam, "report": shown, "turns_height": ROW_HEIGHT * len(shown.turns)}
    )


@never_cache
@require_safe
@require_host
def night_report_csv(request: HostRequest, jam: Jam) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{jam.slug}.csv"'
    night_report.write_csv(night_report.read_night_report(jam), response)
    return response
