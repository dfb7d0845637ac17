"""All songs of a jam, page by page: the board of a very long set list shows only some of them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from core.pagination import paginate
from jams.identity import browser_cookie
from jams.models import Jam
from jams.selectors import board, current_attendee

SONGS_ON_A_PAGE = 100


@never_cache
@ensure_csrf_cookie
@require_safe
def set_list(request: HttpRequest, slug: str) -> HttpResponse:
    """List the songs of a jam by title, with this browser's hearts on those that can be voted for."""
    jam = Jam.objects.get_for_page(slug)
    songs = jam.entries.listed().for_board().order_by("song__match_key", "pk")
    page = paginate(songs, request.GET.get("page", ""), size=SONGS_ON_A_PAGE)
    browser = browser_cookie.read_browser(request)
    mine = current_attendee.read_current_attendee(jam, browser).hearts
    rows = {row.song.entry_id: row for row in board.build_rows(jam, page.rows)}
    lines = [
        {"row": row, "heart": board.render_own_heart(jam, row, mine)} for row in (rows[entry.pk] for entry in page.rows)
    ]
    response = render(request, "jams/set_list.html", {"jam": jam, "page": page, "lines": lines})
    if browser is None:
        browser_cookie.set_browser_cookie(response, browser_cookie.create_browser_id())
    return response
