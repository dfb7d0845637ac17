"""What hangs on the wall: the stage screen, and the short address that leads from it to the jam page."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from jams.identity.host_access import is_requested_by_host
from jams.models import Jam
from jams.public_urls import build_short_url
from jams.selectors import board


@never_cache
@require_safe
def stage(request: HttpRequest, slug: str) -> HttpResponse:
    """The page for the television: what is on stage and what comes next. It gives no cookie.

    Everybody may look at it from anywhere, so the room code is on it only where one of the jam's hosts is logged in.
    """
    shown = board.read_current_board(slug)
    short = build_short_url(request, shown.jam).removesuffix(shown.jam.code)
    room_code = shown.jam.room_code if shown.jam.room_code and is_requested_by_host(request, shown.jam) else ""
    context = {"jam": shown.jam, "stage": shown.stage, "order": shown.order, "short": short, "room_code": room_code}
    return render(request, "jams/stage.html", context)


@never_cache
@require_safe
def stage_live(request: HttpRequest, slug: str) -> HttpResponse:
    """The part of the stage screen that changes, alone."""
    return HttpResponse(board.read_current_board(slug).stage)


@require_safe
def by_code(request: HttpRequest, code: str) -> HttpResponse:
    """Lead from the short address to the jam page, however the code was typed."""
    try:
        jam = Jam.objects.only("slug").get(code=code.lower())
    except Jam.DoesNotExist:
        raise Http404(_("There's no jam with this code.")) from None
    return HttpResponseRedirect(jam.get_absolute_url())
