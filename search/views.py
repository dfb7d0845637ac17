"""The search page, with results while typing and without JavaScript, and suggestions under every search box."""

from django.contrib.admin.views.decorators import staff_member_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST, require_safe

from core.http.htmx import HtmxRequest
from search.rate_limits import count_search
from search.selectors import statistics
from search.selectors.site_search import SearchQuery, SearchResults, search_site
from search.services.search_log import record_choice, record_search
from search.services.search_targets import SearchTarget


@never_cache
@require_safe
@ensure_csrf_cookie
def search_page(request: HtmxRequest) -> HttpResponse:
    """Show the page, which counts as a search; or, for htmx, only the results, which does not."""
    query, results = _run_search(request)
    context = {"now": timezone.now(), "query": query, "results": results}
    if request.htmx:
        return render(request, "search/_results.html", context)
    if request.GET.get("logged") != "1":  # the script logs a search when somebody pauses before pressing Enter
        record_search(text=query.text, results=len(results), now=timezone.now())
    return render(request, "search/page.html", context)


@never_cache
@require_safe
@ensure_csrf_cookie
def search_suggestions(request: HttpRequest) -> HttpResponse:
    """Show a few results under a search box, with a CSRF token, which cached public pages do not have."""
    query, results = _run_search(request)
    context = {"query": query, "suggestions": results.select_suggestions()}
    return render(request, "search/_suggestions.html", context)


def _run_search(request: HttpRequest) -> tuple[SearchQuery, SearchResults]:
    query = SearchQuery.parse(request.GET.dict())
    if query.text:
        count_search(request)
    return query, search_site(query, now=timezone.now())


@require_safe
@staff_member_required
def search_statistics(request: HttpRequest) -> HttpResponse:
    """Show the statistics of searches to hosts and administrators."""
    return render(request, "search/wanted.html", {"statistics": statistics.read_statistics(now=timezone.now())})


@require_POST
def log_search(request: HttpRequest) -> HttpResponse:
    """Log a search (q), a click on one of its results (chosen), or both (chosen and searched=1)."""
    now = timezone.now()
    query, chosen = SearchQuery.parse(request.POST.dict()), request.POST.get("chosen", "")
    target = SearchTarget.parse(chosen) if chosen else None
    count_search(request)
    if target is None or request.POST.get("searched") == "1":
        record_search(text=query.text, results=len(search_site(query, now=now)), now=now)
    if target is not None:
        record_choice(text=query.text, chosen=target, now=now)
    return HttpResponse(status=204)
