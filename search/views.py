"""The search page, as you type and without JavaScript, and suggestions under every other search box."""

from django.contrib.admin.views.decorators import staff_member_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST, require_safe

from search.rate_limits import count_search
from search.selectors import statistics
from search.selectors.site_search import SearchQuery, SearchResults, search_site
from search.services.search_log import record_choice, record_search
from search.services.search_targets import SearchTarget


@never_cache
@require_safe
@ensure_csrf_cookie
def search_page(request: HttpRequest) -> HttpResponse:
    """The page, which counts as a search; or for htmx the results alone, which is only typing."""
    sought, found = _run_search(request)
    context = {"now": timezone.now(), "sought": sought, "found": found}
    if request.htmx:
        return render(request, "search/_results.html", context)
    if request.GET.get("logged") != "1":  # the script logs a search when somebody pauses before pressing Enter
        record_search(text=sought.text, results=len(found), now=timezone.now())
    return render(request, "search/page.html", context)


@never_cache
@require_safe
@ensure_csrf_cookie
def search_suggestions(request: HttpRequest) -> HttpResponse:
    """A few of what is found, for the box that somebody types in; public pages get the CSRF token with them."""
    sought, found = _run_search(request)
    return render(request, "search/_suggestions.html", {"sought": sought, "found": found.few()})


def _run_search(request: HttpRequest) -> tuple[SearchQuery, SearchResults]:
    sought = SearchQuery.read(request.GET.dict())
    if sought.text:
        count_search(request)
    return sought, search_site(sought, now=timezone.now())


@require_safe
@staff_member_required
def search_statistics(request: HttpRequest) -> HttpResponse:
    """What people look for and do not find: for hosts and administrators."""
    return render(request, "search/wanted.html", {"figures": statistics.read_statistics(now=timezone.now())})


@require_POST
def log_search(request: HttpRequest) -> HttpResponse:
    """The script tells that somebody stopped typing (q), or went on to something (chosen), or both (searched=1)."""
    now = timezone.now()
    sought, chosen = SearchQuery.read(request.POST.dict()), request.POST.get("chosen", "")
    wanted = SearchTarget.read(chosen) if chosen else None
    count_search(request)
    if wanted is None or request.POST.get("searched") == "1":
        record_search(text=sought.text, results=len(search_site(sought, now=now)), now=now)
    if wanted is not None:
        record_choice(text=sought.text, chosen=wanted, now=now)
    return HttpResponse(status=204)
