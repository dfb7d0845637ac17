"""The songs of the library. No chord sheets: only the musicians of a jam see those."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Path, Query, Router, Schema

from core.api.schemas import Id, cached_response, get_page_numbers, problem_responses
from core.pagination import paginate
from core.rate_limits import enforce_search_limit
from songs.api.schemas import SongDetail, SongPage, SongsSought
from songs.models import Song
from songs.selectors.library import list_songs

router = Router(tags=["songs"])


@router.get(
    "", response={200: SongPage, **problem_responses(400, 404, 429)}, operation_id="list_songs", summary="List songs"
)
def song_list(request: HttpRequest, sought: Query[SongsSought]) -> HttpResponse:
    """Songs that aren't archived, by title, artist or number of plays."""

    def build() -> Schema:
        if sought.q:  # what is cached is not counted
            enforce_search_limit(request, browser=None)
        return _page(sought)

    return cached_response(request, key="songs", query=sought, depends_on=("songs",), build=build)


def _page(sought: SongsSought) -> Schema:
    page = paginate(list_songs(words=sought.q, order=sought.order), str(sought.page), size=sought.per_page)
    return SongPage.model_validate({"items": page.rows, **get_page_numbers(page)})


@router.get(
    "/{song_id}",
    response={200: SongDetail, **problem_responses(400, 404)},
    operation_id="get_song",
    summary="Get a song",
)
def song(request: HttpRequest, song_id: Path[Id]) -> HttpResponse:
    return cached_response(request, key=f"song:{song_id}", depends_on=("songs",), build=lambda: _detail(song_id))


def _detail(song_id: int) -> Schema:
    return SongDetail.model_validate(get_object_or_404(Song.objects.without_chords(), pk=song_id))
