"""Guest identity at a jam: join with a name, leave, move to another phone."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core.http.htmx import HtmxRequest
from core.http.statuses import get_status
from core.querysets import is_pk
from core.rate_limits import enforce_rate_limit, enforce_shared_limit
from jams.identity import browser_cookie
from jams.models import Jam
from jams.selectors import current_attendee
from jams.services import cards, guest_actions
from jams.services.device_transfer import CODE_LIFETIME, move_to_device
from jams.services.membership import NameTaken
from jams.views._attendee_actions import ActionResult, build_me, claim_browser, respond_to_action, with_browser_cookie


@never_cache
@require_safe
def attendee_strip(request: HtmxRequest, slug: str) -> HttpResponse:
    """Show only the attendee's name and songs, for a page to refresh."""
    jam = Jam.objects.get_for_page(slug)
    if not request.htmx:
        return HttpResponseRedirect(jam.get_absolute_url(), status=303)
    return render(request, "jams/_me.html", build_me(jam, browser_cookie.read_browser(request)))


@require_POST
def join_jam(request: HtmxRequest, slug: str) -> HttpResponse:
    """Join with a name that was typed or offered, or change the name."""
    jam, browser, now = Jam.objects.get_for_page(slug), claim_browser(request), timezone.now()
    name, plays = request.POST.get("offer") or request.POST.get("name", ""), _read_plays(request)
    try:
        musician = guest_actions.join_jam(jam=jam, browser=browser, name=name, plays=plays, now=now)
    except NameTaken as taken:
        return with_browser_cookie(request, _render_name_taken(request, jam, browser, taken), browser)
    message = _("Hi %(name)s! You've joined.") % {"name": musician}
    return respond_to_action(
        request, jam, browser, ActionResult(message, _get_back_url(request, jam), trigger="jam:joined")
    )


@require_POST
def leave_jam(request: HtmxRequest, slug: str) -> HttpResponse:
    jam, browser, now = Jam.objects.get_for_page(slug), claim_browser(request), timezone.now()
    guest_actions.leave_jam(jam=jam, browser=browser, now=now)
    return respond_to_action(request, jam, browser, ActionResult(_("You've left the line-up."), jam.get_absolute_url()))


@require_POST
def change_card(request: HtmxRequest, slug: str) -> HttpResponse:
    """Let the series remember me until the next night, or forget me."""
    jam, browser = Jam.objects.get_for_page(slug), claim_browser(request)
    if request.POST.get("wanted") == "1":
        guest_actions.remember_me(jam=jam, browser=browser)
        message = _("See you next time! This series remembers you.")
    else:
        cards.forget(jam=jam, browser=browser)
        message = _("This series no longer remembers you.")
    return respond_to_action(request, jam, browser, ActionResult(message, jam.get_absolute_url()))


@never_cache
@require_POST
def move_code(request: HtmxRequest, slug: str) -> HttpResponse:
    """Show a new code, once, for the guest's other phone."""
    jam, browser, now = Jam.objects.get_for_page(slug), claim_browser(request), timezone.now()
    context = {
        "jam": jam,
        "code": guest_actions.request_move_code(jam=jam, browser=browser, now=now),
        "minutes": CODE_LIFETIME // timedelta(minutes=1),
    }
    return render(request, "jams/_code.html" if request.htmx else "jams/code.html", context)


@require_POST
def move_to_this_phone(request: HtmxRequest, slug: str) -> HttpResponse:
    """Move the musician with this code to this phone; rate limited per browser and jam."""
    jam, browser, now = Jam.objects.get_for_page(slug), claim_browser(request), timezone.now()
    enforce_rate_limit(request, group="move codes", who=browser, rate=settings.ROOM_CODE_RATE)
    enforce_shared_limit(group="move codes of a jam", who=f"jam:{jam.pk}", rate=settings.CODE_RATE)
    musician = move_to_device(jam=jam, code=request.POST.get("code", ""), browser=browser, now=now)
    message = _("You're now %(name)s on this phone.") % {"name": musician.name}
    response = respond_to_action(request, jam, browser, ActionResult(message, jam.get_absolute_url()))
    if request.htmx:
        response["HX-Refresh"] = "true"  # the hearts have moved along
    return response


def _render_name_taken(request: HtmxRequest, jam: Jam, browser: str, taken: NameTaken) -> HttpResponse:
    context = {
        "jam": jam,
        "me": current_attendee.read_current_attendee(jam, browser),
        "taken": taken,
        "name": request.POST.get("name", ""),
        "plays": _read_plays(request),
        "place": "sheet" if request.POST.get("place") == "sheet" else "me",
        "entry": request.POST.get("entry", ""),
    }
    return render(request, "jams/_join.html" if request.htmx else "jams/join.html", context, status=get_status(taken))


def _read_plays(request: HttpRequest) -> list[str]:
    """Return what the form says somebody plays, the main instrument first; boxes come in no order."""
    return sorted(request.POST.getlist("plays"), key=lambda slug: slug != request.POST.get("main"))


def _get_back_url(request: HttpRequest, jam: Jam) -> str:
    """Return the URL of the page with the form: a song sheet or the jam page."""
    entry = request.POST.get("entry", "")
    if is_pk(entry):
        return reverse("jams:mine", args=[jam.slug, int(entry)])
    return jam.get_absolute_url()
