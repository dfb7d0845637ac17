"""Shared code of the views in which guests act: identify the browser, and respond to an action."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from core.http.htmx import HtmxRequest
from core.rate_limits import enforce_rate_limit
from jams import policies
from jams.identity import browser_cookie
from jams.identity.act_codes import derive_act_code
from jams.identity.push_receipts import write_moment
from jams.models import Jam
from jams.selectors import board, current_attendee
from jams.selectors.board import Board
from jams.selectors.my_turn import find_my_act, find_my_turn
from jams.selectors.slots import list_slots
from jams.selectors.wanted import find_question
from jams.services import cards
from songs.instruments import OTHER, get_catalogue
from songs.parts import describe_part


def build_me(jam: Jam, browser: str | None, *, shown: Board | None = None) -> dict[str, Any]:
    """Return what the strip of the attendee shows, as context for its templates.

    `shown` is the jam's board, if it has been read already.
    """
    me = current_attendee.read_current_attendee(jam, browser)
    context: dict[str, Any] = {"jam": jam, "me": me}
    musician = me.musician
    if musician is None:
        return {**context, "card": cards.find_card(jam, browser)}
    shown, unseen = shown or board.read_current_board(jam.slug), dict[str, int]()
    calls = [turn.unseen_call for turn in me.turns if turn.unseen_call]
    if question := find_question(shown.wanted, musician.pk):
        context |= {"question": question, "asked": question.describe(timezone.now())}
        if not question.is_taken and musician.pk not in question.seen:
            unseen["question"] = question.pk
    turn = None
    if shown.night is not None and policies.has_bands(jam):
        turn = find_my_turn(shown.night, musician, zone=jam.venue.zone)
        calls += [turn.unseen_call] if turn.unseen_call else []
    if calls:
        unseen["call"] = write_moment(max(calls))
    if unseen:
        context["unseen"] = f"{reverse('jams:call_seen', args=[jam.slug])}?{urlencode(unseen)}"
    if turn is None or shown.night is None:
        return context
    instruments = [(one.slug, one.name) for one in get_catalogue().active]
    act = find_my_act(shown.night, musician)
    instrument = (act.find_instrument(musician.pk) if act else "") or next(iter(musician.plays), "")
    mine = [(slug, describe_part(slug)) for slug in musician.plays]
    if act:
        context |= {"act": act, "is_founder": act.players[0].attendee == musician.pk}
    if policies.who_may_sign_up_act(jam).includes(musician):
        context["slots"] = list_slots(shown.night, act)
        context["act_code"] = derive_act_code(act.pk, act.code_number) if act else ""
    return {**context, "turn": turn, "instruments": instruments, "instrument": instrument, "mine": mine}


def claim_browser(request: HttpRequest) -> str:
    """Return the id of the browser, or a new one if it has none; raises Forbidden and TooManyRequests."""
    browser = browser_cookie.require_browser(request) or browser_cookie.create_browser_id()
    enforce_rate_limit(request, group="acts", who=browser, rate=settings.ACT_RATE)
    return browser


def read_part(request: HttpRequest) -> tuple[str, str]:
    """Return the part that a form of `jams/_part_choice.html` chose, and the name of one that is not listed."""
    part = request.POST.get("part", "")
    if part == OTHER and request.POST.get("more"):
        return request.POST["more"], ""
    return part, request.POST.get("other_part", "")


@dataclass(frozen=True)
class ActionResult:
    """The response to an action: for htmx the `message` in a toast, otherwise a redirect to the URL `back`.

    For htmx, `link` is an address that the toast leads to, `template` with `context` replaces the target, `oob` is
    markup to swap out of band, and `trigger` is the name of an event to trigger on the page. `opens_panel` leaves my
    panel open, which has what the musician needs next.
    """

    message: str
    back: str
    template: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)
    oob: str = ""
    link: str = ""
    trigger: str = ""
    opens_panel: bool = False


def respond_to_action(request: HtmxRequest, jam: Jam, browser: str, answer: ActionResult) -> HttpResponse:
    """Respond to an action of `browser`; for htmx, include the attendee's updated strip."""
    if not request.htmx:
        return with_browser_cookie(request, HttpResponseRedirect(answer.back, status=303), browser)
    mine = build_me(jam, browser)
    response = render(request, "jams/_done.html", {**mine, **answer.context, "answer": answer})
    if answer.trigger:
        response["HX-Trigger"] = answer.trigger
    return with_browser_cookie(request, response, browser)


def with_browser_cookie(request: HttpRequest, response: HttpResponse, browser: str) -> HttpResponse:
    """Set the cookie for a browser that sent none."""
    if browser_cookie.read_browser(request) is None:
        browser_cookie.set_browser_cookie(response, browser)
    return response
