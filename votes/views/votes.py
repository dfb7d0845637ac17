"""The vote button, shown as a heart."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.client_ip import hash_client_networks
from core.exceptions import Invalid
from core.http.htmx import HtmxRequest
from core.rate_limits import enforce_rate_limit
from jams.identity import browser_cookie
from jams.models import Entry
from jams.selectors import board
from votes.services.votes import cast_vote
from votes.views._room_code import link_to_room_code

WANTED = {"1": True, "0": False}


@require_http_methods(["PUT", "DELETE", "POST"])
@link_to_room_code
def vote(request: HtmxRequest, slug: str, entry_id: int) -> HttpResponse:
    """PUT: vote for a song. DELETE: withdraw the vote. POST with wanted=1 or 0: the same from a plain form."""
    wanted = _read_wanted(request)
    claimed = browser_cookie.require_browser(request)
    browser = claimed or browser_cookie.create_browser_id()
    enforce_rate_limit(request, group="votes", who=browser, rate=settings.VOTE_RATE)
    networks, now = tuple(hash_client_networks(request)), timezone.now()
    entry = cast_vote(slug=slug, entry_id=entry_id, browser=browser, wanted=wanted, networks=networks, now=now)
    response = _respond(request, entry, wanted)
    if claimed is None:
        browser_cookie.set_browser_cookie(response, browser)
    return response


def _read_wanted(request: HttpRequest) -> bool:
    if request.method != "POST":
        return request.method == "PUT"
    if request.POST.get("wanted") not in WANTED:
        raise Invalid(_("“wanted” must be 1 or 0."))
    return WANTED[request.POST["wanted"]]


def _respond(request: HtmxRequest, entry: Entry, wanted: bool) -> HttpResponse:
    """Return only the heart; the new count arrives over the WebSocket, as on every other page."""
    if request.method == "POST" and not request.htmx:
        return HttpResponseRedirect(f"{entry.jam.get_absolute_url()}#entry-{entry.pk}", status=303)
    return HttpResponse(board.render_heart(entry.jam.slug, entry.pk, entry.song.title, wanted=wanted, tapped=True))
