"""The host console: one page, its live part, and one address for every tap."""

from collections.abc import Callable
from typing import Any

from django.db.models import FETCH_RAISE
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core.exceptions import Invalid, NotFound
from jams.identity.host_access import for_hosts
from jams.models import Entry, Event, Jam
from jams.selectors import board, console
from jams.selectors.jam_settings import switches
from jams.services import host_people, jam_settings, jam_status, set_list, stage
from jams.services.event_log import event_sentence
from jams.services.undo import can_be_undone, undo_event
from songs.parts import Part

ID_DIGITS = 18  # a longer number does not fit into a primary key

EVENING_VERBS = {
    "open": jam_status.open_jam,
    "pause": jam_status.pause_jam,
    "resume": jam_status.resume_jam,
    "last-call": jam_status.last_call,
    "end": jam_status.end_jam,
}
SONG_VERBS = {
    "done": stage.finish_song,
    "skip": stage.skip_song,
    "on-deck": set_list.put_on_deck,
    "off-deck": set_list.take_off_deck,
    "hide": set_list.hide_song,
    "approve": set_list.approve_song,
    "bring-back": set_list.bring_back,
}
YES_OR_NO = {"yes": True, "no": False}


@never_cache
@require_safe
@for_hosts
def page(request: HttpRequest, jam: Jam) -> HttpResponse:
    return render(request, "host/console.html", _context(jam))


@never_cache
@require_safe
@for_hosts
def live(request: HttpRequest, jam: Jam) -> HttpResponse:
    """The part of the page that follows the evening, alone."""
    return render(request, "host/_live.html", _context(jam))


@require_POST
@for_hosts
def run_evening(request: HttpRequest, jam: Jam, verb: str) -> HttpResponse:
    return _done(request, jam, EVENING_VERBS[verb])


@require_POST
@for_hosts
def start(request: HttpRequest, jam: Jam, entry_id: int) -> HttpResponse:
    """`seen` is the id of the entry that the host's page shows on stage, or empty."""
    seen = _number(request, "seen") if request.POST.get("seen") else None
    return _done(request, jam, stage.start_song, entry=_entry(jam, entry_id), seen=seen)


@require_POST
@for_hosts
def move_song(request: HttpRequest, jam: Jam, entry_id: int, verb: str) -> HttpResponse:
    return _done(request, jam, SONG_VERBS[verb], entry=_entry(jam, entry_id))


@require_POST
@for_hosts
def place(request: HttpRequest, jam: Jam, entry_id: int) -> HttpResponse:
    return _done(request, jam, set_list.order_deck, entry=_entry(jam, entry_id), place=_number(request, "place"))


@require_POST
@for_hosts
def presence(request: HttpRequest, jam: Jam, entry_id: int, absent: bool) -> HttpResponse:
    name = request.POST.get("name", "")
    return _done(request, jam, host_people.set_no_show, entry=_entry(jam, entry_id), name=name, absent=absent)


@require_POST
@for_hosts
def walk_up(request: HttpRequest, jam: Jam) -> HttpResponse:
    words = {name: request.POST.get(name, "") for name in ("name", "part", "other_part")}
    return _done(request, jam, host_people.add_walk_up, entry=_entry(jam, _number(request, "entry")), **words)


@require_POST
@for_hosts
def rename(request: HttpRequest, jam: Jam) -> HttpResponse:
    name, to = request.POST.get("name", ""), request.POST.get("to", "")
    return _done(request, jam, host_people.rename_person, name=name, to=to)


@require_POST
@for_hosts
def remove(request: HttpRequest, jam: Jam) -> HttpResponse:
    return _done(request, jam, host_people.remove_person, name=request.POST.get("name", ""))


@require_POST
@for_hosts
def switch(request: HttpRequest, jam: Jam) -> HttpResponse:
    """Turn the one switch that the form names."""
    sent = request.POST
    if "voting" in sent:
        return _done(request, jam, jam_settings.set_voting, voting=sent["voting"])
    if "sign_ups" in sent:
        return _done(request, jam, jam_settings.set_sign_ups, sign_ups=sent["sign_ups"])
    if "suggestions" in sent:
        return _done(request, jam, jam_settings.set_suggestions, suggestions=sent["suggestions"])
    if sent.get("chord_edits") in YES_OR_NO:
        return _done(request, jam, jam_settings.set_chord_edits, allowed=YES_OR_NO[sent["chord_edits"]])
    return _done(request, jam, jam_settings.set_limit, limit=_number(request, "limit"))


@require_POST
@for_hosts
def take_back(request: HttpRequest, jam: Jam, event_id: int) -> HttpResponse:
    event = jam.events.filter(pk=event_id).first()
    if event is None:
        raise NotFound(_("There is nothing to undo."))
    event.jam = jam
    return _done(request, jam, lambda *, jam, **who: undo_event(event=event, **who))


def _done(request: HttpRequest, jam: Jam, verb: Callable[..., Event | None], **what: Any) -> HttpResponse:
    """Do `verb`; answer with the console as it is then and a sentence, or lead back to the page."""
    now = timezone.now()
    event = verb(jam=jam, user=request.user, now=now, **what)
    if not request.htmx:
        return HttpResponseRedirect(reverse("host:console", args=[jam.slug]), status=303)
    jam = Jam.objects.select_related("venue").fetch_mode(FETCH_RAISE).get(pk=jam.pk)
    said = event_sentence(event) if event else _("Already done.")
    undoable = event.pk if event and can_be_undone(event, now=now) else None
    return render(request, "host/_done.html", {**_context(jam), "said": said, "undo": undoable})


def _context(jam: Jam) -> dict[str, Any]:
    order = board.read_order(jam.slug)  # before the rows are read
    return {
        "jam": jam,
        "order": order,
        "console": console.read_console(jam, now=timezone.now()),
        "switches": switches(jam),
        "parts": Part,
    }


def _entry(jam: Jam, entry_id: int) -> Entry:
    entry = jam.entries.fetch_mode(FETCH_RAISE).filter(pk=entry_id).first()
    if entry is None:
        raise NotFound(_("This song is no longer on the set list."))
    return entry


def _number(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= ID_DIGITS):
        raise Invalid(_("%(name)s must be a number.") % {"name": name})
    return int(text)
