"""Adding and changing songs, with a token for the library."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Path, Status
from pydantic import Field

from accounts.identity import TokenAuth
from accounts.models import Scope
from accounts.permissions import require_permission
from core.api.schemas import Id, Integer, StrictSchema, problem_responses
from songs.api.public import Need, SongDetail, router
from songs.models import Song
from songs.services.library import add_song, change_song

TOKEN = TokenAuth(Scope.LIBRARY)
ANSWERS = problem_responses(400, 401, 403, 404, 409, 429)


class SongChange(StrictSchema):
    """Fields left out stay unchanged."""

    title: str = Field(None, min_length=1, max_length=200)
    artist: str = Field(None, min_length=1, max_length=200)
    key: str = Field(None, max_length=12, description="The key it is played in, for example Am or F#.")
    tempo: Integer | None = Field(None, ge=20, le=400, description="Beats per minute.")
    chord_url: str = Field(None, max_length=500, description="Only shown to a jam's musicians and hosts.")
    parts: list[Need] = Field(None, description="List each part once.")


class NewSong(SongChange):
    title: str = Field(min_length=1, max_length=200)
    artist: str = Field(min_length=1, max_length=200)


@router.post("", auth=TOKEN, response={201: SongDetail, **ANSWERS}, operation_id="add_song", summary="Add a song")
def add(request: HttpRequest, new: NewSong) -> Status:
    """409 if the library already has the song; case and accents are ignored."""
    require_permission(request.auth, "songs.add_song")
    return Status(201, add_song(**new.changed_fields))


@router.patch(
    "/{song_id}", auth=TOKEN, response={200: SongDetail, **ANSWERS}, operation_id="change_song", summary="Change a song"
)
def change(request: HttpRequest, song_id: Path[Id], changes: SongChange) -> Song:
    require_permission(request.auth, "songs.change_song")
    song = get_object_or_404(Song, pk=song_id)
    change_song(song=song, **changes.changed_fields)
    return song
