"""The jam page, its board as a fragment, and its QR code."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from core.caching.page_shells import PageShells
from core.caching.pages import public_page
from core.http.base_url import build_link_preview, get_base_url
from jams.identity import browser_cookie
from jams.identity.host_access import get_logged_in_user, is_requested_by_host
from jams.models import Jam
from jams.public_urls import build_jam_url, build_share_links, get_picture_url
from jams.selectors import board
from jams.selectors.board_for_visitor import CALLS, BoardView, get_stage_call, render_board
from jams.selectors.series import read_current_series
from jams.views._attendee_actions import build_me
from jams.views._qr_codes import draw_qr_code

_listener_pages = PageShells("board", "csrf_token")


@gzip_page
@never_cache
@ensure_csrf_cookie
@require_safe
def jam_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a jam: the shared board, with this browser's hearts on."""
    shown = board.read_current_board(slug)
    browser = browser_cookie.read_browser(request)
    mine = build_me(shown.jam, browser, shown=shown)
    me, turn, view = mine["me"], mine.get("turn"), BoardView.from_query(request.GET)
    account, series = get_logged_in_user(request), read_current_series(shown.jam)

    def build(holes: Mapping[str, str]) -> str:
        context = {
            **mine,
            "order": shown.order,
            "call": (turn.call if turn else "") or mine.get("asked") or get_stage_call(shown, me),
            "calls": CALLS,
            "series": series,
            "runs": is_requested_by_host(request, shown.jam),
            "account": account,
            "share": build_share_links(request, shown.jam),
            "preview": build_link_preview(request, shown.jam.get_absolute_url(), get_picture_url(shown.jam)),
        }
        return render_to_string("jams/detail.html", {**context, **holes}, request)

    parts = {"board": render_board(shown, view, me), "csrf_token": get_token(request)}
    is_anybody = me.musician is None and mine["card"] is None and account is None and view == BoardView()
    if is_anybody and shown.order:
        in_room = me.attendee is not None and me.attendee.in_room
        key = (slug, get_language(), get_base_url(request), in_room)
        html = _listener_pages.render(key, version=(shown, series), build=build, parts=parts)
    else:
        html = build(parts)
    response = HttpResponse(html)
    if browser is None:
        browser_cookie.set_browser_cookie(response, browser_cookie.create_browser_id())
    return response


@public_page(depends_on=("jam:{slug}", "songs", "venues"), seconds="PAGE_CACHE_SECONDS")
@require_safe
def board_fragment(request: HttpRequest, slug: str) -> HttpResponse:
    """Show only the board, the same for everyone, for pages that can't use WebSockets."""
    return HttpResponse(board.read_current_board(slug).html)


@public_page(depends_on=("jam:{slug}",), seconds="PAGE_CACHE_SECONDS", by_host=True)
@require_safe
def qr_code(request: HttpRequest, slug: str) -> HttpResponse:
    """Return the URL of the jam page as a QR code in SVG."""
    return draw_qr_code(build_jam_url(request, Jam.objects.get_for_page(slug)), kind="svg", scale=8, border=2)


@public_page(depends_on=("jam:{slug}",), seconds="PAGE_CACHE_SECONDS", by_host=True)
@require_safe
def qr_code_png(request: HttpRequest, slug: str) -> HttpResponse:
    """Return the URL of the jam page as a QR code in PNG, large enough for a poster of one's own."""
    return draw_qr_code(build_jam_url(request, Jam.objects.get_for_page(slug)), kind="png", scale=32, border=4)
