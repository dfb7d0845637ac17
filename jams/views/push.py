"""A musician's phone asks to be called while it is locked, and reports that it shows a call."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from core.exceptions import NotFound
from core.http.htmx import HtmxRequest
from core.rate_limits import enforce_address_limit, enforce_shared_limit
from core.web_push import PushTarget
from jams.identity.push_receipts import read_receipt
from jams.models import Jam
from jams.services import guest_actions
from jams.services.receipts import note_call_delivered
from jams.views._attendee_actions import ActionResult, claim_browser, respond_to_action


@require_POST
def subscribe(request: HtmxRequest, slug: str) -> HttpResponse:
    """Call me on this phone when it is locked."""
    jam, browser, now = Jam.objects.get_for_page(slug), claim_browser(request), timezone.now()
    target = PushTarget(*(request.POST.get(field, "") for field in ("endpoint", "p256dh", "auth")))
    language = get_language() or settings.LANGUAGE_CODE
    guest_actions.subscribe(jam=jam, browser=browser, target=target, language=language, now=now)
    message = _("We'll tell you on this phone when you're up. Keep an eye on the screen by the stage, too.")
    return respond_to_action(request, jam, browser, ActionResult(message, jam.get_absolute_url()))


@require_POST
def unsubscribe(request: HtmxRequest, slug: str) -> HttpResponse:
    """Stop calling me when this phone is locked."""
    jam, browser = Jam.objects.get_for_page(slug), claim_browser(request)
    guest_actions.unsubscribe(jam=jam, browser=browser)
    message = _("We've deleted the address of this phone.")
    return respond_to_action(request, jam, browser, ActionResult(message, jam.get_absolute_url()))


@csrf_exempt  # a service worker sends it, without cookies; the address itself is the proof
@require_POST
def call_delivered(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    """Note that a locked phone shows a call. Raises NotFound for an address that we did not make."""
    receipt = read_receipt(token)
    if receipt is None:  # only these count to the address: a script must not keep the phones of a bar from reporting
        enforce_address_limit(request, group="push receipts", rate=settings.ADDRESS_RATE)
        raise NotFound(_("There is no such call."))
    enforce_shared_limit(group="push receipts of a call", who=token, rate=settings.ACT_RATE)
    jam = Jam.objects.get_for_page(slug)
    note_call_delivered(jam=jam, call=receipt, now=timezone.now())
    return HttpResponse(status=204)
