"""What a musician says about their turn at a jam of bands or acts, one tap each."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from core.http.htmx import HtmxRequest
from core.querysets import is_pk
from core.rate_limits import enforce_rate_limit, enforce_shared_limit
from jams.identity.push_receipts import read_moment
from jams.models import Jam
from jams.services import guest_actions
from jams.services.band_order import MAX_SLOT
from jams.views._attendee_actions import ActionResult, claim_browser, respond_to_action

TAPS = {  # field and value of a button: what is said when it has been done
    ("waits", "1"): gettext_lazy("You're on the waiting list."),
    ("waits", "0"): gettext_lazy("You're off the waiting list."),
    ("sits_out", "1"): gettext_lazy("You're sitting out. Come back when you like."),
    ("sits_out", "0"): gettext_lazy("You're back on the waiting list."),
    ("is_new", "1"): gettext_lazy("Welcome! The host knows that it's your first time."),
    ("is_new", "0"): gettext_lazy("The host knows that you've been here before."),
}


@require_POST
def change_waiting(request: HtmxRequest, slug: str) -> HttpResponse:
    """Say how I wait: at all, sitting out, until when I am here, whether I am new, what I mainly play."""
    jam, browser, now = Jam.objects.get_for_page(slug), claim_browser(request), timezone.now()
    changes: dict[str, Any] = {}
    message = _("Saved.")
    for (field, value), said in TAPS.items():
        if request.POST.get(field) == value:
            changes[field], message = value == "1", str(said)
    changes |= {field: request.POST[field] for field in ("leaves_at", "main") if field in request.POST}
    guest_actions.change_my_waiting(jam=jam, browser=browser, now=now, **changes)
    return respond_to_action(request, jam, browser, ActionResult(message, jam.get_absolute_url()))


@require_POST
def sign_up_act(request: HtmxRequest, slug: str) -> HttpResponse:
    """Put me into the running order of an open mic, or change what I said about my act."""
    jam, browser, now = Jam.objects.get_for_page(slug), claim_browser(request), timezone.now()
    instrument, name, needs = (request.POST.get(field, "") for field in ("instrument", "name", "needs"))
    slot = request.POST.get("slot", "")
    guest_actions.sign_up_act(
        jam=jam,
        browser=browser,
        instrument=instrument,
        name=name,
        needs=needs,
        slot=min(int(slot), MAX_SLOT) if is_pk(slot) else None,
        now=now,
    )
    message = _("You're in the running order.")
    if code := guest_actions.find_act_code(jam=jam, browser=browser):
        sentence = _("You're in the running order. Anyone who plays with you can join with the code %(code)s.")
        message = sentence % {"code": code}
    return respond_to_action(request, jam, browser, ActionResult(message, jam.get_absolute_url(), opens_panel=True))


@require_POST
def renew_act_code(request: HtmxRequest, slug: str) -> HttpResponse:
    """Give the act that I have signed up a new code."""
    jam, browser, now = Jam.objects.get_for_page(slug), claim_browser(request), timezone.now()
    code = guest_actions.renew_act_code(jam=jam, browser=browser, now=now)
    message = _("The new code of your act is %(code)s. The old one no longer works.") % {"code": code}
    return respond_to_action(request, jam, browser, ActionResult(message, jam.get_absolute_url(), opens_panel=True))


@require_POST
def join_act(request: HtmxRequest, slug: str) -> HttpResponse:
    """Put me into somebody else's act, with the code that they have passed on; rate limited per browser and jam."""
    jam, browser, now = Jam.objects.get_for_page(slug), claim_browser(request), timezone.now()
    enforce_rate_limit(request, group="act codes", who=browser, rate=settings.ROOM_CODE_RATE)
    guest_actions.require_musician(jam, browser)  # strangers use up no guesses
    enforce_shared_limit(group="act codes of a jam", who=f"jam:{jam.pk}", rate=settings.ROOM_CODE_JAM_RATE)
    code, instrument = (request.POST.get(field, "") for field in ("code", "instrument"))
    guest_actions.join_act(jam=jam, browser=browser, code=code, instrument=instrument, now=now)
    message = _("You're in this act now.")
    return respond_to_action(request, jam, browser, ActionResult(message, jam.get_absolute_url(), opens_panel=True))


@require_POST
def leave_band(request: HtmxRequest, slug: str) -> HttpResponse:
    """Take me out of the band or act that is to come."""
    jam, browser, now = Jam.objects.get_for_page(slug), claim_browser(request), timezone.now()
    guest_actions.leave_band(jam=jam, browser=browser, now=now)
    message = _("You're out this time. The host can see that.")
    return respond_to_action(request, jam, browser, ActionResult(message, jam.get_absolute_url()))


@require_POST
def note_call_seen(request: HtmxRequest, slug: str) -> HttpResponse:
    """Tell the host that I have seen that I'm called, or have read a question: by my page, or by my tap."""
    jam, browser, now = Jam.objects.get_for_page(slug), claim_browser(request), timezone.now()
    asked, shown = request.GET.get("question", ""), request.GET.get("call", "")
    question = int(asked) if is_pk(asked) else None
    latest = read_moment(shown)
    guest_actions.note_call_seen(jam=jam, browser=browser, question=question, latest=latest, now=now)
    if "quietly" in request.POST:
        return HttpResponse(status=204)
    message = _("The host knows that you're coming.")
    return respond_to_action(request, jam, browser, ActionResult(message, jam.get_absolute_url()))
