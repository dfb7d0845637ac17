"""The stage screen, and the short URL on it that redirects to the jam page."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from jams.identity.host_access import is_requested_by_host
from jams.identity.stage_link import has_stage_key
from jams.models import Jam
from jams.public_urls import build_short_url
from jams.selectors import board
from jams.services.room_code import get_room_code


@never_cache
@require_safe
def stage_screen(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the song on stage and the next ones, for a television. Sets no cookie.

    The page is public, so it shows the room code only to a logged-in host of the jam, or with the key of the link for
    the venue's television.
    """
    shown = board.read_current_board(slug)
    code = _build_code_context(request, shown.jam)
    short = build_short_url(request, shown.jam).removesuffix(shown.jam.code)
    context = {"jam": shown.jam, "stage": shown.stage, "order": shown.order, "short": short, **code}
    return render(request, "jams/stage.html", context)


@never_cache
@require_safe
def stage_fragment(request: HttpRequest, slug: str) -> HttpResponse:
    """Show only the parts of the stage screen that change."""
    shown = board.read_current_board(slug)
    context = {"jam": shown.jam, **_build_code_context(request, shown.jam), "oob": True}
    beside = [render_to_string(f"jams/{template}.html", context) for template in ("_stage_call", "_stage_code")]
    return HttpResponse(shown.stage + "".join(beside))


def _build_code_context(request: HttpRequest, jam: Jam) -> dict[str, Any]:
    has_key = has_stage_key(request, jam)
    is_host = not has_key and is_requested_by_host(request, jam)
    may_see = has_key or is_host
    return {
        "is_host": is_host,
        "may_see_code": may_see,
        "key": request.GET["key"] if has_key else "",
        "room_code": get_room_code(jam, now=timezone.now()) if may_see else "",
    }


@require_safe
def short_url(request: HttpRequest, code: str) -> HttpResponse:
    """Redirect from the short URL to the jam page; the code may be upper or lower case."""
    try:
        jam = Jam.objects.only("slug").get(code=code.lower())
    except Jam.DoesNotExist:
        raise Http404(_("There's no jam with this code.")) from None
    return HttpResponseRedirect(jam.get_absolute_url())
