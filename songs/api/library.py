"""Adding and changing songs, with a token for the library."""

from django.shortcuts import get_object_or_404
from ninja import Path, Status

from accounts.identity import TokenAuth, TokenRequest
from accounts.models import Scope
from accounts.permissions import require_permission
from core.api.schemas import Id, problem_responses
from songs.api.public import router
from songs.api.schemas import NewSong, SongChange, SongDetail
from songs.models import Song
from songs.services.library import add_song, change_song

TOKEN = TokenAuth(Scope.LIBRARY)
ANSWERS = problem_responses(400, 401, 403, 404, 409, 429)


@router.post("", auth=TOKEN, response={201: SongDetail, **ANSWERS}, operation_id="add_song", summary="Add a song")
def add(request: TokenRequest, new: NewSong) -> Status[Song]:
    """409 if the library already has the song; case and accents are ignored."""
    require_permission(request.auth, "songs.add_song")
    return Status(201, add_song(**new.changed_fields))


@router.patch(
    "/{song_id}", auth=TOKEN, response={200: SongDetail, **ANSWERS}, operation_id="change_song", summary="Change a song"
)
def change(request: TokenRequest, song_id: Path[Id], changes: SongChange) -> Song:
    require_permission(request.auth, "songs.change_song")
    song = get_object_or_404(Song, pk=song_id)
    change_song(song=song, **changes.changed_fields)
    return song
