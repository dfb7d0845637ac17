"""The answer of a musician who was asked whether they could play."""

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.exceptions import Invalid
from core.http.htmx import HtmxRequest
from core.querysets import is_pk
from jams.models import Answer, Jam
from jams.services import guest_actions
from jams.views._attendee_actions import ActionResult, claim_browser, respond_to_action


@require_POST
def answer_question(request: HtmxRequest, slug: str) -> HttpResponse:
    """Take the place that I was asked to take, or say that I can't now."""
    jam, browser, now = Jam.objects.get_for_page(slug), claim_browser(request), timezone.now()
    question, answer = request.POST.get("question", ""), request.POST.get("answer")
    if not is_pk(question) or answer not in (Answer.YES, Answer.NOT_NOW):
        raise Invalid(_("Answer with yes or not now."))
    says_yes = answer == Answer.YES
    guest_actions.answer_question(jam=jam, browser=browser, question=int(question), says_yes=says_yes, now=now)
    message = _("Thank you! The host knows you'll play.") if says_yes else _("All right, not now.")
    return respond_to_action(request, jam, browser, ActionResult(message, jam.get_absolute_url()))
