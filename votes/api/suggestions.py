"""Suggest a song; a song on the set list gets a vote instead."""

from typing import Literal

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Path, Schema
from pydantic import Field

from core.api.schemas import MAX_ID, OMITTED, Integer, Slug, StrictSchema, problem_responses
from core.client_ip import hash_client_networks
from core.rate_limits import enforce_rate_limit
from jams.identity.api_auth import BrowserAuth, BrowserRequest, set_browser_cookie_if_new
from jams.models import Jam
from songs.models import Song
from votes.api.votes import router
from votes.services.suggestions import suggest_as_guest


class NewSuggestion(StrictSchema):
    """A library song by its id, or any song by title and artist."""

    song_id: Integer = Field(OMITTED, ge=1, le=MAX_ID)
    title: str = Field("", max_length=200)
    artist: str = Field("", max_length=200)


class SuggestionResult(Schema):
    entry_id: int
    outcome: Literal["added", "waiting", "listed"] = Field(
        description="added: in the queue; waiting: sent to the host for approval; "
        "listed: already on the set list, now with your vote."
    )


@router.post(
    "/jams/{slug}/suggestions",
    tags=["me"],
    auth=BrowserAuth(),
    response={200: SuggestionResult, **problem_responses(400, 403, 404, 409, 429)},
    operation_id="suggest",
    summary="Suggest a song",
)
def suggest(
    request: BrowserRequest, slug: Path[Slug], asked: NewSuggestion, response: HttpResponse
) -> SuggestionResult:
    """Needs the X-CSRFToken header."""
    enforce_rate_limit(request, group="acts", who=request.auth, rate=settings.ACT_RATE)
    jam, now = Jam.objects.get_for_page(slug), timezone.now()
    song = get_object_or_404(Song, pk=asked.song_id) if asked.song_id else None
    suggestion = suggest_as_guest(
        jam=jam,
        browser=request.auth,
        networks=tuple(hash_client_networks(request)),
        now=now,
        song=song,
        title=asked.title,
        artist=asked.artist,
    )
    set_browser_cookie_if_new(request, response)
    return SuggestionResult.model_validate(
        {"entry_id": suggestion.entry.pk, "outcome": suggestion.outcome.name.lower()}
    )
