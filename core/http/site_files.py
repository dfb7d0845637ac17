"""Small files that browsers and crawlers look for at fixed addresses of every site.

They make the site installable, and give a browser without a network a page of ours instead of its own error.
"""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from core.caching.release import compute_fingerprint

fetched_daily = cache_control(public=True, max_age=24 * 60 * 60)


@fetched_daily
@require_safe
def favicon(request: HttpRequest) -> HttpResponseRedirect:
    """Lead old browsers, and pages that name no icon, to the icon."""
    return redirect(static("img/favicon.ico"))


@fetched_daily
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Tell crawlers which pages are for people who do something there, and not for a search engine."""
    return render(request, "site/robots.txt", content_type="text/plain; charset=utf-8")


@require_safe
@cache_control(public=True, max_age=60 * 60)
def manifest(request: HttpRequest) -> HttpResponse:
    """Return the web app manifest (https://www.w3.org/TR/appmanifest/), which makes the site installable."""
    description = _("Vote for the songs you want to hear, sign up to play, and follow the jam live.")
    context = {"description": description}
    return render(request, "site/manifest.webmanifest", context, content_type="application/manifest+json")


@require_safe
@cache_control(public=True, max_age=0, must_revalidate=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """Return the service worker. It stands at the root, because it serves only pages below its own address.

    It is another script with every release, so that browsers take the new offline page.
    """
    context = {"release": compute_fingerprint()}
    return render(request, "site/service-worker.js", context, content_type="text/javascript; charset=utf-8")


@require_safe
@cache_control(public=True, max_age=60 * 60)
def offline(request: HttpRequest) -> HttpResponse:
    """Show what a browser without a network shows; the service worker keeps it."""
    return render(request, "site/offline.html")
