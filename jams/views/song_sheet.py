"""The sheet of a song for one guest: performers, their own parts, and chords for musicians and hosts."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST, require_safe

from core.exceptions import NotFound
from core.http.htmx import HtmxRequest
from jams.identity import browser_cookie
from jams.models import Entry, EntryStatus
from jams.selectors import board, current_attendee
from jams.services import chord_sheets
from jams.services.guest_actions import drop_out_of_part, sign_up_for_part
from jams.services.membership import NOT_PLAYED_YET
from jams.views._attendee_actions import ActionResult, claim_browser, read_part, respond_to_action
from songs.instruments import list_serving

#: The part of the board where a song is that does not wait in the queue any more.
PLACES: dict[str, str] = {EntryStatus.PLAYING: "on-stage", EntryStatus.PLAYED: "played"}


@never_cache
@ensure_csrf_cookie
@require_safe
def song_sheet(request: HtmxRequest, slug: str, entry_id: int) -> HttpResponse:
    """Show the sheet of a song: for htmx on top of the jam page, otherwise as a separate page."""
    try:
        entry = Entry.objects.get_listed(slug, entry_id)
    except NotFound as error:
        if not request.htmx:
            raise
        return render(request, "jams/_sheet_gone.html", {"sentence": str(error)})  # it may have been open
    browser = browser_cookie.read_browser(request)
    context = build_sheet_context(request, entry, current_attendee.read_current_attendee(entry.jam, browser))
    response = render(request, "jams/_sheet.html" if request.htmx else "jams/sheet.html", context)
    if browser is None:
        browser_cookie.set_browser_cookie(response, browser_cookie.create_browser_id())
    return response


@require_POST
def sign_up(request: HtmxRequest, slug: str, entry_id: int) -> HttpResponse:
    """Sign the guest up for a part in this song."""
    entry, browser = Entry.objects.get_listed(slug, entry_id), claim_browser(request)
    part, words = read_part(request)
    sign_up_for_part(entry=entry, browser=browser, part=part, other_part=words, now=timezone.now())
    message = _("You're signed up for %(song)s.") % {"song": entry.song.title}
    return _respond(request, entry, browser, message)


@require_POST
def drop_out(request: HtmxRequest, slug: str, entry_id: int) -> HttpResponse:
    """Drop the guest out of a part in this song."""
    entry, browser = Entry.objects.get_listed(slug, entry_id), claim_browser(request)
    drop_out_of_part(entry=entry, browser=browser, part=request.POST.get("part", ""), now=timezone.now())
    message = _("You've dropped out of this part in %(song)s.") % {"song": entry.song.title}
    return _respond(request, entry, browser, message)


@require_POST
def set_chords(request: HtmxRequest, slug: str, entry_id: int) -> HttpResponse:
    """Set the link to the chord sheet for this jam."""
    entry, browser = Entry.objects.get_listed(slug, entry_id), claim_browser(request)
    attendee = current_attendee.read_current_attendee(entry.jam, browser).attendee
    url = request.POST.get("url", "")
    chord_sheets.set_chords(entry=entry, url=url, attendee=attendee, user=request.user, now=timezone.now())
    message = _("Chord sheet for %(song)s updated for this jam.") % {"song": entry.song.title}
    return _respond(request, entry, browser, message)


def build_sheet_context(request: HttpRequest, entry: Entry, mine: current_attendee.CurrentAttendee) -> dict[str, Any]:
    """Return the template context of the sheet; includes chord sheets only if this person may read them."""
    song = board.build_song_row(entry.jam, Entry.objects.for_board().get(pk=entry.pk))
    waits = entry.status in NOT_PLAYED_YET
    if not waits:
        song = replace(song, needs=(), missing=(), is_ready=False)  # nobody can join in any more
    serving = list_serving(song.needs)
    context: dict[str, Any] = {
        "jam": entry.jam,
        "entry": entry,
        "me": mine,
        "song": song,
        "turns": [turn for turn in mine.turns if turn.entry_id == entry.pk],
        "waits": waits,
        "place": PLACES.get(entry.status, "queue"),
        "free": entry.pk in mine.songs or len(mine.songs) < entry.jam.performing_limit,
        "serving": serving,
        "chosen": next((part for part in mine.plays if part in serving), mine.plays[0] if mine.plays else ""),
    }
    if chord_sheets.may_read(entry.jam, mine.attendee, request.user):
        full = Entry.objects.select_related("song").get(pk=entry.pk)
        context["chords"] = chord_sheets.get_chord_sheet(full)
        context["chord_search"] = chord_sheets.build_search_url(full.song)
        context["may_edit"] = chord_sheets.may_edit(entry.jam, mine.attendee, request.user)
    return context


def _respond(request: HtmxRequest, entry: Entry, browser: str, message: str) -> HttpResponse:
    mine = current_attendee.read_current_attendee(entry.jam, browser)
    context = build_sheet_context(request, entry, mine) if request.htmx else {}
    back = f"{entry.jam.get_absolute_url()}#entry-{entry.pk}"
    return respond_to_action(
        request, entry.jam, browser, ActionResult(message, back, template="jams/_sheet.html", context=context)
    )
