"""The songs of the library. No chord sheets: those are for the musicians of a jam alone."""

from typing import Literal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Path, Query, Router, Schema
from pydantic import AwareDatetime, Field

from core.api.schemas import Id, Integer, Paged, Paging, cached_response, get_page_numbers, problem_responses
from core.pagination import paginate
from songs.models import Song
from songs.parts import Part
from songs.selectors.library import LONGEST_SEARCH, songs_with, with_public_fields

router = Router(tags=["songs"])
PartName = Literal[tuple(Part.values)]  # type: ignore[valid-type]


class Need(Schema):
    """A part the song needs, how many of it, and whether it is optional."""

    part: PartName
    count: Integer = Field(1, ge=1, le=9)
    optional: bool = Field(False, strict=True)


class SongRow(Schema):
    id: int
    title: str
    artist: str
    key: str
    tempo: int | None = Field(description="Beats per minute.")
    times_played: int
    url: str = Field(alias="get_absolute_url", description="Path of its page.")


class SongDetail(SongRow):
    parts: list[Need]
    last_played_at: AwareDatetime | None
    archived: bool


class SongPage(Paged):
    items: list[SongRow]


class SongsSought(Paging):
    q: str = Field("", max_length=LONGEST_SEARCH, description="Words from the title or artist.")
    order: Literal["title", "artist", "plays"] = "title"


@router.get(
    "", response={200: SongPage, **problem_responses(400, 404)}, operation_id="list_songs", summary="List songs"
)
def song_list(request: HttpRequest, sought: Query[SongsSought]) -> HttpResponse:
    """Songs that aren't archived, by title, artist or number of plays."""
    return cached_response(request, key="songs", query=sought, depends_on=("songs",), build=lambda: _page(sought))


def _page(sought: SongsSought) -> SongPage:
    page = paginate(songs_with(words=sought.q, order=sought.order), str(sought.page), size=sought.per_page)
    return SongPage(items=page.rows, **get_page_numbers(page))


@router.get(
    "/{song_id}",
    response={200: SongDetail, **problem_responses(400, 404)},
    operation_id="get_song",
    summary="Get a song",
)
def song(request: HttpRequest, song_id: Path[Id]) -> HttpResponse:
    return cached_response(request, key=f"song:{song_id}", depends_on=("songs",), build=lambda: _detail(song_id))


def _detail(song_id: int) -> SongDetail:
    return SongDetail.model_validate(get_object_or_404(with_public_fields(Song.objects.all()), pk=song_id))
