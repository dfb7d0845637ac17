"""The home page, the list of jams, and the about page."""

from dataclasses import replace
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.caching.pages import public_page
from core.http.base_url import build_link_preview
from core.pagination import paginate
from core.showable import keep_showable
from jams.models import Jam
from jams.selectors.jam_filter import COMING, PAST, JamFilter, list_venues

JAMS_ON_HOME, COMING_ON_HOME, PAST_IN_LIST = 30, 6, 12


@public_page(depends_on=("jams", "venues"), seconds="LIST_CACHE_SECONDS", by_host=True)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    today, coming = list_today_and_later(now)
    context = {
        "now": now,
        "today": today,
        "coming": coming[:COMING_ON_HOME],
        "preview": build_link_preview(request, "/"),
    }
    return render(request, "jams/home.html", context)


def list_today_and_later(now: datetime) -> tuple[list[Jam], list[Jam]]:
    """Return today's jams and later ones, at most JAMS_ON_HOME together, by start.

    "Today" is the date at the venue. Jams that are on now count as today's, and come first.
    """
    jams = keep_showable(Jam.objects.on_or_coming(now).for_list()[:JAMS_ON_HOME])
    today = [jam for jam in jams if jam.is_on or jam.is_today(now)]
    later = [jam for jam in jams if jam not in today]
    return sorted(today, key=lambda jam: not jam.is_on), later


@public_page(depends_on=("jams", "venues"), seconds="LIST_CACHE_SECONDS", query_keys=("venue", "when", "date", "page"))
@require_safe
def jam_list(request: HttpRequest) -> HttpResponse:
    """List the jams that are on now, then upcoming ones, soonest first, then the latest past ones.

    Filtered by date, or to past jams, it is one list.
    """
    now = timezone.now()
    venues = list_venues()
    chosen = JamFilter.from_query(request.GET.dict(), venues)
    by_group = not (chosen.when or chosen.day)
    shown = replace(chosen, when=COMING) if by_group else chosen
    page = paginate(shown.narrow(Jam.objects.for_list(), venues, now), request.GET.get("page", ""))
    on_now = [jam for jam in page.rows if jam.is_on] if by_group else []
    past = replace(chosen, when=PAST).narrow(Jam.objects.for_list(), venues, now)
    context = {
        "now": now,
        "chosen": chosen,
        "page": page,
        "on_now": on_now,
        "others": [jam for jam in page.rows if jam not in on_now],
        "past": keep_showable(past[:PAST_IN_LIST]) if by_group and not page.next else [],
        "by_group": by_group,
        "venues": [venue for venue in venues if not venue.archived or venue == chosen.venue],
    }
    return render(request, "jams/list.html", context)


@public_page(depends_on=("site",), seconds="PAGE_CACHE_SECONDS")
@require_safe
def about(request: HttpRequest) -> HttpResponse:
    return render(request, "jams/about.html")
