"""The heart."""

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import FETCH_RAISE
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from jams import board, identity
from jams.attendance import attend
from jams.models import Entry
from jamsite.limits import limit
from jamsite.refusal import Refused
from votes.services import set_vote

WISHES = {"1": True, "0": False}
NEEDED = ("status", "jam__slug", "jam__status", "jam__voting", "song__title")  # the whole rows would cost 0.5 ms more


@require_http_methods(["PUT", "DELETE", "POST"])
def heart(request: HttpRequest, slug: str, entry_id: int) -> HttpResponse:
    """PUT: I want to hear this song; DELETE: I do not; POST with wanted=1 or 0: the same from a plain form."""
    wanted = _wish(request)
    claimed = identity.claimed(request)
    browser = claimed or identity.new()
    limit(request, group="votes", who=browser, rate=settings.VOTE_RATE)
    now = timezone.now()
    try:
        with transaction.atomic():  # a refused vote leaves no attendee behind
            entry = _entry(slug, entry_id)
            set_vote(entry=entry, attendee=attend(jam=entry.jam, browser=browser, now=now), wanted=wanted, now=now)
    except IntegrityError:  # the host removed the song, or the jam, in the same moment
        raise Refused(_("This song is not on this jam's list any more."), status=404) from None
    response = _answer(request, entry, wanted)
    if claimed is None:
        identity.give(response, browser)
    return response


def _wish(request: HttpRequest) -> bool:
    if request.method != "POST":
        return request.method == "PUT"
    if request.POST.get("wanted") not in WISHES:
        raise Refused(_("Say whether you want to hear this song: wanted must be 1 or 0."), status=400)
    return WISHES[request.POST["wanted"]]


def _entry(slug: str, entry_id: int) -> Entry:
    listed = Entry.objects.listed().select_related("jam", "song").only(*NEEDED).fetch_mode(FETCH_RAISE)
    try:
        return listed.get(pk=entry_id, jam__slug=slug)
    except Entry.DoesNotExist:
        raise Refused(_("This song is not on this jam's list."), status=404) from None


def _answer(request: HttpRequest, entry: Entry, wanted: bool) -> HttpResponse:
    """Only the tapper's heart: the count reaches this page as it reaches all others."""
    if request.method == "POST" and not request.htmx:
        return HttpResponseRedirect(f"{entry.jam.get_absolute_url()}#entry-{entry.pk}", status=303)
    return HttpResponse(board.heart(entry.jam.slug, entry.pk, entry.song.title, wanted=wanted, tapped=True))
