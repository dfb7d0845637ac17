"""The search page, with results while typing and without JavaScript, and suggestions under every search box."""

from django.contrib.admin.views.decorators import staff_member_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST, require_safe

from core.http.htmx import HtmxRequest
from search.rate_limits import count_search, is_worth_logging
from search.selectors import statistics
from search.selectors.site_search import SearchQuery, SearchResults, search_site
from search.services.search_log import normalise_query, record_choice, record_search
from search.services.search_targets import SearchTarget


@never_cache
@require_safe
@ensure_csrf_cookie
def search_page(request: HtmxRequest) -> HttpResponse:
    """Show the page, or only the results for htmx. It writes nothing: its script logs what somebody searched for."""
    query, results = _run_search(request)
    context = {"now": timezone.now(), "query": query, "results": results}
    return render(request, "search/_results.html" if request.htmx else "search/page.html", context)


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
    if query != SearchQuery():
        count_search(request)
    return query, search_site(query, now=timezone.now())


@require_safe
@staff_member_required
def search_statistics(request: HttpRequest) -> HttpResponse:
    """Show the statistics of searches to hosts and administrators."""
    return render(request, "search/wanted.html", {"statistics": statistics.read_statistics(now=timezone.now())})


@require_POST
def log_search(request: HttpRequest) -> HttpResponse:
    """Log a search (q), a click on one of its results (chosen), or both (chosen and searched=1).

    The same search counts once an hour for a browser, and a few times for an address.
    """
    now = timezone.now()
    query, chosen = SearchQuery.parse(request.POST.dict()), request.POST.get("chosen", "")
    target = SearchTarget.parse(chosen) if chosen else None
    count_search(request)
    is_search = target is None or request.POST.get("searched") == "1"
    if is_search and is_worth_logging(request, normalise_query(query.text)):
        record_search(text=query.text, results=len(search_site(query, now=now)), now=now)
    if target is not None:
        record_choice(text=query.text, chosen=target, now=now)
    return HttpResponse(status=204)
