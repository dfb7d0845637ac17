"""What the pages of a person's own acts have in common: who acts, where, and how it is answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from core.http.htmx import HtmxRequest
from core.rate_limits import enforce_rate_limit
from jams.identity import browser_cookie
from jams.models import Jam
from jams.selectors import current_attendee
from songs.parts import Part


def claim_browser(request: HttpRequest) -> str:
    """Return the id of the browser that wants to act, a new one if it has none; raises Forbidden, TooManyRequests."""
    browser = browser_cookie.require_browser(request) or browser_cookie.create_browser_id()
    enforce_rate_limit(request, group="acts", who=browser, rate=settings.ACT_RATE)
    return browser


@dataclass(frozen=True)
class Answer:
    """What becomes of an act: `said` in a toast for htmx, else the way `back`, an address.

    For htmx `template` with `context` takes the place that was asked for, the markup `beside` finds its own, and
    `trigger` names an event for the page.
    """

    said: str
    back: str
    template: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)
    beside: str = ""
    trigger: str = ""


def respond_to_action(request: HtmxRequest, jam: Jam, browser: str, answer: Answer) -> HttpResponse:
    """Answer an act of `browser`; htmx gets my strip as it is now along with the rest."""
    if not request.htmx:
        return with_browser_cookie(request, HttpResponseRedirect(answer.back, status=303), browser)
    mine = {"jam": jam, "me": current_attendee.read_current_attendee(jam, browser), "parts": Part}
    response = render(request, "jams/_done.html", {**mine, **answer.context, "answer": answer})
    if answer.trigger:
        response["HX-Trigger"] = answer.trigger
    return with_browser_cookie(request, response, browser)


def with_browser_cookie(request: HttpRequest, response: HttpResponse, browser: str) -> HttpResponse:
    """Let a browser that came without an id keep the one that it acted with."""
    if browser_cookie.read_browser(request) is None:
        browser_cookie.set_browser_cookie(response, browser)
    return response
