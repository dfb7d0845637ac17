"""The search page: as you type, and without JavaScript."""

from django.contrib.admin.views.decorators import staff_member_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST, require_safe

from search import figures
from search.finding import Sought, find
from search.services import note_choice, note_search


@never_cache
@require_safe
@ensure_csrf_cookie
def page(request: HttpRequest) -> HttpResponse:
    """The page, which counts as a search; or for htmx the results alone, which is only typing."""
    now = timezone.now()
    sought = Sought.read(request.GET.dict())
    found = find(sought, now=now)
    context = {"now": now, "sought": sought, "found": found}
    if request.htmx:
        return render(request, "search/_results.html", context)
    note_search(text=sought.text, results=len(found), now=now)
    return render(request, "search/page.html", context)


@require_safe
@staff_member_required
def wanted(request: HttpRequest) -> HttpResponse:
    """What people look for and do not find: for hosts and administrators."""
    return render(request, "search/wanted.html", {"figures": figures.read(now=timezone.now())})


@require_POST
def heard(request: HttpRequest) -> HttpResponse:
    """The script tells that somebody stopped typing (q), and whether they went on to something (chosen=1)."""
    now = timezone.now()
    sought = Sought.read(request.POST.dict())
    if request.POST.get("chosen") == "1":
        note_choice(text=sought.text, now=now)
    else:
        note_search(text=sought.text, results=len(find(sought, now=now)), now=now)
    return HttpResponse(status=204)
