"""Pages to print: a poster and table cards with the QR code, and the running order. They show only what is public."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.caching.pages import public_page
from jams.models import Jam
from jams.public_urls import build_short_url
from jams.selectors.running_order import read_running_order

LONG_NAME = 40  # characters; longer names are set smaller


@public_page(depends_on=("jam:{slug}", "venues"), seconds="PAGE_CACHE_SECONDS", by_host=True)
@require_safe
def poster(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a poster that fills a page of A4 or Letter."""
    return _render_flyer(request, slug, "jams/poster.html")


@public_page(depends_on=("jam:{slug}", "venues"), seconds="PAGE_CACHE_SECONDS", by_host=True)
@require_safe
def table_cards(request: HttpRequest, slug: str) -> HttpResponse:
    """Show four cards that fill a page; on A4 each is A6."""
    return _render_flyer(request, slug, "jams/table_cards.html")


@public_page(depends_on=("jam:{slug}", "songs", "venues"), seconds="PAGE_CACHE_SECONDS")
@require_safe
def running_order(request: HttpRequest, slug: str) -> HttpResponse:
    """Show bands and songs as tables, with the players of each."""
    shown = read_running_order(slug, now=timezone.now())
    return render(request, "jams/running_order.html", {"jam": shown.jam, "what": shown.jam, "order": shown})


def _render_flyer(request: HttpRequest, slug: str, template: str) -> HttpResponse:
    jam = Jam.objects.get_for_page(slug)
    is_long = len(jam.name) > LONG_NAME
    qr = reverse("jams:qr", args=[jam.slug])
    return render(
        request, template, {"what": jam, "qr": qr, "short": build_short_url(request, jam), "is_long": is_long}
    )
