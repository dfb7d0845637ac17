"""The page on which guests enter the room code."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from core.exceptions import Forbidden
from core.http.methods import require_form
from core.http.statuses import get_status
from core.rate_limits import enforce_address_limit, enforce_rate_limit, enforce_shared_limit
from jams.identity import browser_cookie
from jams.models import Jam
from jams.services.guest_actions import enter_room_code
from jams.views._attendee_actions import with_browser_cookie


@never_cache
@require_form
def room_code_form(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the form for the room code, and check the code; rate limited per browser, address and jam."""
    jam = Jam.objects.get_for_page(slug)
    if request.method != "POST":
        return render(request, "jams/room.html", {"jam": jam})
    browser = browser_cookie.require_browser(request) or browser_cookie.create_browser_id()
    enforce_rate_limit(request, group="room codes", who=browser, rate=settings.ROOM_CODE_RATE)
    enforce_address_limit(request, group="all room codes", rate=settings.ROOM_CODE_ADDRESS_RATE)
    enforce_shared_limit(group="room codes of a jam", who=f"jam:{jam.pk}", rate=settings.ROOM_CODE_JAM_RATE)
    try:
        enter_room_code(jam=jam, browser=browser, code=request.POST.get("code", ""), now=timezone.now())
    except Forbidden as refusal:
        return render(request, "jams/room.html", {"jam": jam, "refusal": refusal}, status=get_status(refusal))
    return with_browser_cookie(request, HttpResponseRedirect(jam.get_absolute_url(), status=303), browser)
