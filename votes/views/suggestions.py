"""Suggest a song: search the library, or enter a new one."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie

from core.client_ip import hash_client_networks
from core.exceptions import Invalid
from core.http.htmx import HtmxRequest
from core.http.methods import require_form
from core.querysets import is_pk
from core.rate_limits import enforce_search_limit
from jams.identity import browser_cookie
from jams.models import Jam
from jams.selectors import board, current_attendee
from jams.selectors.library_search import find_songs_for_jam
from jams.services.suggestions import Outcome, Suggestion
from jams.views._attendee_actions import ActionResult, claim_browser, read_part, respond_to_action
from songs.models import Song
from votes.services.suggestions import suggest_as_guest
from votes.views._room_code import link_to_room_code

MAX_SEARCH_LENGTH = 100


@never_cache
@ensure_csrf_cookie
@require_form
@link_to_room_code
def suggest(request: HtmxRequest, slug: str) -> HttpResponse:
    """GET: show the search, or the form for a song (?song=) or a new one (?new=1). POST: suggest it, or vote for it."""
    jam = Jam.objects.get_for_page(slug)
    return _suggest(request, jam) if request.method == "POST" else _render_form(request, jam)


def _render_form(request: HtmxRequest, jam: Jam) -> HttpResponse:
    words = request.GET.get("q", "")[:MAX_SEARCH_LENGTH]
    browser = browser_cookie.read_browser(request)
    context: dict[str, Any] = {
        "jam": jam,
        "me": current_attendee.read_current_attendee(jam, browser),
        "words": words,
    }
    if words:
        enforce_search_limit(request, browser=browser)
    if request.htmx and request.htmx.target == "found":
        return render(request, "votes/_found.html", {**context, "found": find_songs_for_jam(jam, words)})
    if request.GET.get("new") == "1" or "song" in request.GET:
        context["song"] = _get_song(request.GET["song"]) if "song" in request.GET else None
        context["body"] = "votes/_suggest_one.html"
    else:
        context |= {"found": find_songs_for_jam(jam, words), "body": "votes/_suggest.html"}
    response = render(request, context["body"] if request.htmx else "votes/suggest.html", context)
    if browser is None:
        browser_cookie.set_browser_cookie(response, browser_cookie.create_browser_id())
    return response


def _suggest(request: HtmxRequest, jam: Jam) -> HttpResponse:
    browser, now = claim_browser(request), timezone.now()
    what: dict[str, Any] = {name: request.POST.get(name, "") for name in ("title", "artist")}
    what["part"], what["other_part"] = read_part(request)
    if request.POST.get("song"):
        what["song"] = _get_song(request.POST["song"])
    suggestion = suggest_as_guest(
        jam=jam, browser=browser, networks=tuple(hash_client_networks(request)), now=now, **what
    )
    song, entry = suggestion.entry.song, suggestion.entry
    is_listed, anchor, oob = suggestion.outcome != Outcome.WAITING, f"#entry-{entry.pk}", ""
    if is_listed and suggestion.voted:
        heart = board.render_heart(jam.slug, entry.pk, song.title, wanted=True, tapped=True)
        oob = board.render_part("votes/_new_heart.html", heart=heart)
    result = ActionResult(
        _build_message(suggestion),
        back=f"{jam.get_absolute_url()}{anchor}",
        link=anchor if is_listed else "",
        oob=oob,
        trigger="jam:close",
    )
    return respond_to_action(request, jam, browser, result)


def _build_message(suggestion: Suggestion) -> str:
    sentence = {
        Outcome.ADDED: _("%(song)s is now in the queue."),
        Outcome.WAITING: _("%(song)s has been sent to the host for approval."),
        Outcome.LISTED: _("%(song)s was already in the queue. Your vote counts."),
    }[suggestion.outcome]
    return sentence % {"song": suggestion.entry.song.title}


def _get_song(number: str) -> Song:
    if not is_pk(number):
        raise Invalid(_("Choose a song."))
    try:
        return Song.objects.without_chords().get(pk=int(number))
    except Song.DoesNotExist:
        raise Http404(_("We couldn't find that song.")) from None
