"""The pages of the library of songs."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.caching.pages import public_page
from core.pagination import paginate
from core.rate_limits import enforce_search_limit
from songs.models import Song
from songs.selectors import library


@public_page(depends_on=("songs",), seconds="LIST_CACHE_SECONDS", query_keys=("order", "q", "page"))
@require_safe
def song_list(request: HttpRequest) -> HttpResponse:
    words, order = request.GET.get("q", ""), request.GET.get("order", "") or "title"
    if words:  # what is cached is not counted
        enforce_search_limit(request, browser=None)
    page = paginate(library.list_songs(words=words, order=order), request.GET.get("page", ""))
    return render(request, "songs/list.html", {"page": page, "words": words, "order": order})


@public_page(depends_on=("songs", "jams", "venues"), seconds="PAGE_CACHE_SECONDS")
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    song = get_object_or_404(Song.objects.without_chords(), pk=pk)
    if song.archived and song.merged_into_id:
        return redirect("songs:detail", song.merged_into_id)
    context = {
        "song": song,
        "parts": library.describe_line_up(song),
        "history": library.list_plays(song),
        "coming": library.list_upcoming_jams(song, timezone.now()),
    }
    return render(request, "songs/detail.html", context)
