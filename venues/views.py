"""The list of venues, and the page of each venue with its jams."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.caching.pages import public_page
from core.http.base_url import build_link_preview, get_base_url
from core.pagination import paginate
from core.showable import keep_showable
from venues.models import Venue
from venues.selectors import derive_accents

MAX_JAMS = 12


@public_page(depends_on=("venues", "jams"), seconds="LIST_CACHE_SECONDS", query_keys=("page",))
@require_safe
def venue_list(request: HttpRequest) -> HttpResponse:
    venues = Venue.objects.current().with_jam_counts(timezone.now())
    page = paginate(venues.order_by("name_order", "pk"), request.GET.get("page", ""))
    return render(request, "venues/list.html", {"page": page})


@public_page(depends_on=("venues", "jams"), seconds="PAGE_CACHE_SECONDS", by_host=True)
@require_safe
def venue_detail(request: HttpRequest, slug: str) -> HttpResponse:
    now = timezone.now()
    venue = get_object_or_404(Venue, slug=slug)
    current = keep_showable(venue.jams.on_or_coming(now).for_list()[:MAX_JAMS])
    context = {
        "now": now,
        "venue": venue,
        "series": keep_showable(venue.series.going_on(now)),
        "on_now": [jam for jam in current if jam.is_on],
        "coming": [jam for jam in current if not jam.is_on],
        "preview": build_link_preview(
            request, venue.get_absolute_url(), picture=venue.picture.url if venue.picture else ""
        ),
        "host": get_base_url(request).partition("://")[2],
        "past": keep_showable(venue.jams.past(now).for_list()[:MAX_JAMS]),
    }
    return render(request, "venues/detail.html", context)


@public_page(depends_on=("venues",), seconds="PAGE_CACHE_SECONDS")
@require_safe
def venue_colours(request: HttpRequest, slug: str) -> HttpResponse:
    """Return a style sheet with the venue's own colour in place of the site's, as the policy forbids inline styles."""
    colour = get_object_or_404(Venue, slug=slug).colour
    accents = derive_accents(colour) if colour else {}
    return render(request, "venues/colours.css", {"accents": accents}, content_type="text/css; charset=utf-8")
