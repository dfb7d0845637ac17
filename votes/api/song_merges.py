"""Merging songs of the library, with a token for it."""

from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Path, Schema
from pydantic import Field

from accounts.identity import TokenAuth, TokenRequest
from accounts.models import Scope
from accounts.permissions import require_permission
from core.api.schemas import Id, StrictSchema, problem_responses
from songs.models import Song, SongMerge
from votes.api.votes import router
from votes.services.song_merging import merge_songs, undo_merge

TOKEN = TokenAuth(Scope.LIBRARY)
ANSWERS = problem_responses(400, 401, 403, 404, 409, 429)


class Twin(StrictSchema):
    twin_id: Id = Field(description="The song that goes.")


class Merged(Schema):
    """A merge, which can be undone for a day."""

    merge_id: int = Field(alias="pk")
    song_id: int = Field(alias="kept_id")
    twin_id: int


@router.post(
    "/songs/{song_id}/merge",
    tags=["songs"],
    auth=TOKEN,
    response={200: Merged, **ANSWERS},
    operation_id="merge_songs",
    summary="Merge a song into this one",
)
def merge(request: TokenRequest, song_id: Path[Id], asked: Twin) -> SongMerge:
    """Votes, sign-ups and history move; whoever has voted for both has voted once. The twin is archived."""
    _require_library(request)
    keep, twin = get_object_or_404(Song, pk=song_id), get_object_or_404(Song, pk=asked.twin_id)
    return merge_songs(keep=keep, twin=twin, user=request.auth.user, now=timezone.now())


@router.post(
    "/song-merges/{merge_id}/undo",
    tags=["songs"],
    auth=TOKEN,
    response={200: Merged, **ANSWERS},
    operation_id="undo_merge",
    summary="Make two songs two again",
)
def undo(request: TokenRequest, merge_id: Path[Id]) -> SongMerge:
    _require_library(request)
    found = get_object_or_404(SongMerge, pk=merge_id)
    undo_merge(merge=found, user=request.auth.user, now=timezone.now())
    return found


def _require_library(request: TokenRequest) -> None:
    for permission in ("songs.add_song", "songs.change_song"):
        require_permission(request.auth, permission)
