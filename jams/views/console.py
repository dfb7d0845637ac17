"""The host console: its page, the fragment that refreshes, and one URL per action."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core.exceptions import Invalid, NotFound
from core.local_times import format_clock
from core.querysets import is_pk
from core.rate_limits import enforce_shared_limit
from jams import policies
from jams.identity.host_access import HostRequest, require_host
from jams.models import ANNOUNCEMENT_LENGTH, Entry, Event, Jam
from jams.public_urls import build_short_url
from jams.selectors import board, console
from jams.selectors.bands import read_bands
from jams.selectors.jam_settings import list_settings
from jams.selectors.library_search import find_songs_for_jam
from jams.selectors.song_fit import find_song_fit
from jams.selectors.wanted import read_empty_places
from jams.services.event_log import describe_event
from jams.services.host_actions import HOST_ACTIONS, Argument, HostAction
from jams.services.room_code import get_room_code
from jams.services.undo import can_be_undone, undo_event

MAX_SEARCH_LENGTH = 100

WAYS_BACK = {"songs": "host:songs", "report": "host:report"}  # by what the form says
YES_OR_NO = {"yes": True, "no": False}


@never_cache
@require_safe
@require_host
def console_page(request: HostRequest, jam: Jam) -> HttpResponse:
    words = request.GET.get("q", "")[:MAX_SEARCH_LENGTH]  # a search for a song to add, without JavaScript
    found = _find_songs(request, jam, words) if words else {}
    return render(request, "host/console.html", {**_build_context(request, jam), **found})


@never_cache
@require_safe
@require_host
def console_fragment(request: HostRequest, jam: Jam) -> HttpResponse:
    """Show only the part of the page that refreshes during the jam."""
    return render(request, "host/_live.html", _build_context(request, jam))


@never_cache
@require_safe
@require_host
def find_songs(request: HostRequest, jam: Jam) -> HttpResponse:
    """Show only the songs of the library that the host may want to add."""
    words = request.GET.get("q", "")[:MAX_SEARCH_LENGTH]
    return render(request, "host/_found_songs.html", _find_songs(request, jam, words))


@require_POST
@require_host
def run_action(request: HostRequest, jam: Jam, action: HostAction, entry_id: int | None = None) -> HttpResponse:
    """Run one action of `HOST_ACTIONS` with its arguments from the form."""
    if action.rate:
        enforce_shared_limit(group=action.name, who=f"jam:{jam.pk}", rate=action.rate)
    what = {argument.name: _read_argument(request, jam, argument) for argument in action.arguments}
    if entry_id is not None:
        what["entry"] = jam.entries.get_on_list(entry_id)
    event = action.run(jam=jam, user=request.user, now=timezone.now(), **what)
    return _respond(request, jam, event)


@require_POST
@require_host
def undo_action(request: HostRequest, jam: Jam, event_id: int) -> HttpResponse:
    event = jam.events.filter(pk=event_id).first()
    if event is None:
        raise NotFound(_("There is nothing to undo."))
    event.jam = jam
    return _respond(request, jam, undo_event(event=event, user=request.user, now=timezone.now()))


def _respond(request: HostRequest, jam: Jam, event: Event | None) -> HttpResponse:
    """Respond to htmx with the updated console and a message, otherwise redirect to the page it came from."""
    if not request.htmx:
        page = WAYS_BACK.get(request.POST.get("back", ""), "host:console")
        return HttpResponseRedirect(reverse(page, args=[jam.slug]), status=303)
    jam = Jam.objects.select_related("venue").get(pk=jam.pk)
    message = describe_event(event) if event else _("Already done.")
    undoable = event.pk if event and can_be_undone(event, now=timezone.now()) else None
    return render(request, "host/_done.html", {**_build_context(request, jam), "message": message, "undo": undoable})


def _read_argument(request: HostRequest, jam: Jam, argument: Argument) -> Any:
    """Parse the form's value for `argument`; raises Invalid for a malformed value, NotFound for an unknown song."""
    text = request.POST.get(argument.name, "")
    if argument.kind is str:
        return text
    if not text and not argument.is_required:
        return None
    if argument.kind is bool:
        if text not in YES_OR_NO:
            raise Invalid(_("%(name)s must be yes or no.") % {"name": argument.name})
        return YES_OR_NO[text]
    if not is_pk(text):
        raise Invalid(_("%(name)s must be a number.") % {"name": argument.name})
    return jam.entries.get_on_list(int(text)) if argument.kind == "entry" else int(text)


def _find_songs(request: HostRequest, jam: Jam, words: str) -> dict[str, Any]:
    enforce_shared_limit(group="searches by hosts", who=f"user:{request.user.pk}", rate=settings.SEARCH_RATE)
    found = find_songs_for_jam(jam, words)
    for item in found:
        item["is_queued"] = item["status"] in Entry.UPCOMING
        item["can_be_queued"] = item["status"] not in Entry.LISTED
    return {"jam": jam, "words": words, "found": found}


def _build_context(request: HostRequest, jam: Jam) -> dict[str, Any]:
    order = board.read_order(jam.slug)  # before the rows are read
    now = timezone.now()
    shown = console.read_console(jam, now=now)
    bands = read_bands(jam, now=now) if policies.has_bands(jam) else None
    fit = None if bands else find_song_fit(shown, now=now)
    return {
        "jam": jam,
        "order": order,
        "console": shown,
        "bands": bands,
        "song_fit": fit.describe(jam.venue.zone) if fit else "",
        "song_end": fit.describe_end(jam.venue.zone) if fit else "",
        "hard_stop": format_clock(jam.hard_stop_at, jam.venue.zone) if jam.hard_stop_at else "",
        "places": read_empty_places(jam, shown.items, bands),
        "settings": list_settings(jam),
        "actions": HOST_ACTIONS,
        "announcement_length": ANNOUNCEMENT_LENGTH,
        "room_code": get_room_code(jam, now=now),
        "short": build_short_url(request, jam),
    }
