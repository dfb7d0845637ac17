"""The privacy page, and the page on which guests delete their data."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.caching.pages import public_page
from core.http.methods import require_form
from core.rate_limits import enforce_rate_limit
from jams.identity import browser_cookie
from jams.models import Jam
from jams.selectors import current_attendee
from jams.services import cards
from jams.services.privacy import forget_attendee


@public_page(depends_on=("site",), seconds="PAGE_CACHE_SECONDS")
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """Show what data is stored, and for how long."""
    return render(
        request, "jams/privacy.html", {"days": settings.KEEP_NAMES_DAYS, "nights": settings.KEEP_CARDS_NIGHTS}
    )


@never_cache
@require_form
def remove_me(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask for confirmation, and then anonymise the guest's data at a jam."""
    jam, browser = Jam.objects.get_for_page(slug), browser_cookie.read_browser(request)
    attendee = current_attendee.read_current_attendee(jam, browser).attendee
    if request.method != "POST":
        card = cards.find_card(jam, browser)
        return render(request, "jams/remove_me.html", {"jam": jam, "attendee": attendee, "card": card})
    enforce_rate_limit(request, group="acts", who=browser or "", rate=settings.ACT_RATE)
    if attendee is not None:
        forget_attendee(jam=jam, attendee=attendee, now=timezone.now())
    if browser is not None:
        cards.forget(jam=jam, browser=browser)
    return HttpResponseRedirect(jam.get_absolute_url(), status=303)
