"""What the pages of a person's own acts have in common: who acts, where, and how it is answered."""

from typing import Any

from django.conf import settings
from django.db.models import FETCH_RAISE
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from jams import identity, me
from jams.models import Entry, Jam
from jamsite.limits import limit
from jamsite.refusal import Refused
from songs.models import Part


def jam_at(slug: str) -> Jam:
    """Return the jam at this address; raises Http404."""
    try:
        return Jam.objects.select_related("venue").fetch_mode(FETCH_RAISE).get(slug=slug)
    except Jam.DoesNotExist:
        raise Http404(_("There is no jam at this address.")) from None


def entry_at(slug: str, entry_id: int) -> Entry:
    """Return a song on the list that the public sees, with its jam, without chord sheets; raises Refused (404)."""
    listed = Entry.objects.listed().without_chords().select_related("jam", "song").fetch_mode(FETCH_RAISE)
    try:
        return listed.get(pk=entry_id, jam__slug=slug)
    except Entry.DoesNotExist:
        raise Refused(_("This song is not on this jam's list."), status=404) from None


def browser_of(request: HttpRequest) -> str:
    """Return the id of the browser that wants to act, a new one if it has none; raises Refused (403, 429)."""
    browser = identity.claimed(request) or identity.new()
    limit(request, group="acts", who=browser, rate=settings.ACT_RATE)
    return browser


def done(request: HttpRequest, jam: Jam, browser: str, *, said: str, back: str, **parts: Any) -> HttpResponse:
    """Answer an act: for htmx with `parts`, my strip and a toast that says `said`; else lead to the address `back`.

    `parts` may be template (what takes the place that was asked for), context, trigger (an event for the page)
    and beside (markup that finds its own place).
    """
    if not request.htmx:
        response: HttpResponse = HttpResponseRedirect(back, status=303)
    else:
        mine = me.read(jam, browser)
        context = {
            "jam": jam,
            "me": mine,
            "parts": Part,
            "said": said,
            "beside": parts.get("beside", ""),
            **parts.get("context", {}),
        }
        response = render(request, "jams/_done.html", {**context, "part": parts.get("template")})
        if trigger := parts.get("trigger"):
            response["HX-Trigger"] = trigger
    return keep(request, response, browser)


def keep(request: HttpRequest, response: HttpResponse, browser: str) -> HttpResponse:
    """Let a browser that came without an id keep the one that it acted with."""
    if identity.recognised(request) is None:
        identity.give(response, browser)
    return response
