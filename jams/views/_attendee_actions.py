"""Shared code of the views in which guests act: identify the browser, and respond to an action."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from core.http.htmx import HtmxRequest
from core.rate_limits import enforce_rate_limit
from jams import policies
from jams.identity import browser_cookie
from jams.models import Jam
from jams.selectors import board, current_attendee
from jams.selectors.band_night import BandNight
from jams.selectors.my_turn import find_my_turn
from songs.instruments import OTHER, get_catalogue


def build_me(jam: Jam, browser: str | None, *, night: BandNight | None = None) -> dict[str, Any]:
    """Return what the strip of the attendee shows, as context for its templates.

    `night` is that of the jam's board, if it has been read already.
    """
    me = current_attendee.read_current_attendee(jam, browser)
    context = {"jam": jam, "me": me}
    musician = me.musician
    if musician is None or not policies.has_bands(jam):
        return context
    night = night or board.read_current_board(jam.slug).night
    if night is None:  # the format has just been changed
        return context
    turn = find_my_turn(night, musician, zone=jam.venue.zone)
    instruments = [(one.slug, one.name) for one in get_catalogue().active]
    instrument = turn.find_instrument(musician) or next(iter(musician.plays), "")
    return {**context, "turn": turn, "instruments": instruments, "instrument": instrument}


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
    markup to swap out of band, and `trigger` is the name of an event to trigger on the page.
    """

    message: str
    back: str
    template: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)
    oob: str = ""
    link: str = ""
    trigger: str = ""


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
