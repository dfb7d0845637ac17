"""The code of a series, which never changes: it leads to a night. Its QR code and its poster."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.caching.pages import public_page
from core.http.base_url import get_base_url
from jams.models import Series
from jams.selectors.series import find_tonight_or_next
from jams.views._qr_codes import draw_qr_code
from jams.views.print_pages import LONG_NAME


@never_cache
@require_safe
def series_page(request: HttpRequest, code: str) -> HttpResponse:
    """Lead to tonight's jam, else to the next one; say so if none is planned."""
    series = Series.objects.get_by_code(code)
    if night := find_tonight_or_next(series, timezone.now()):
        return HttpResponseRedirect(night.get_absolute_url())
    host = get_base_url(request).partition("://")[2]
    return render(request, "jams/series.html", {"series": series, "host": host})


@public_page(depends_on=("jams",), seconds="PAGE_CACHE_SECONDS", by_host=True)
@require_safe
def series_qr_code(request: HttpRequest, code: str) -> HttpResponse:
    """Return the URL of the series as a QR code in SVG."""
    return draw_qr_code(_build_url(request, code), kind="svg", scale=8, border=2)


@public_page(depends_on=("jams",), seconds="PAGE_CACHE_SECONDS", by_host=True)
@require_safe
def series_qr_code_png(request: HttpRequest, code: str) -> HttpResponse:
    """Return the URL of the series as a QR code in PNG, large enough for a poster of one's own."""
    return draw_qr_code(_build_url(request, code), kind="png", scale=32, border=4)


@public_page(depends_on=("jams", "venues"), seconds="PAGE_CACHE_SECONDS", by_host=True)
@require_safe
def series_poster(request: HttpRequest, code: str) -> HttpResponse:
    """Show a poster that is valid for every night."""
    series = Series.objects.get_by_code(code)
    context = {
        "what": series,
        "series": series,
        "qr": reverse("jams:series_qr", args=[series.code]),
        "short": _build_url(request, code).partition("://")[2].rstrip("/"),
        "is_long": len(series.name) > LONG_NAME,
    }
    return render(request, "jams/poster.html", context)


def _build_url(request: HttpRequest, code: str) -> str:
    return get_base_url(request) + Series.objects.get_by_code(code).get_absolute_url()
