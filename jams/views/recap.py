"""The public recap of a night that has ended."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.caching.pages import public_page
from jams.selectors.recap import read_recap


@public_page(depends_on=("jam:{slug}", "songs", "venues"), seconds="PAGE_CACHE_SECONDS")
@require_safe
def recap_page(request: HttpRequest, slug: str) -> HttpResponse:
    recap = read_recap(slug)
    return render(request, "jams/recap.html", {"jam": recap.jam, "recap": recap})
