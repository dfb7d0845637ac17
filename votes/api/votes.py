"""Voting through the API, with the service, cookie and CSRF token of the pages."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.utils import timezone
from django.views.decorators.cache import never_cache
from ninja import Path, Router, Schema
from ninja.decorators import decorate_view
from pydantic import Field

from core.api.schemas import Id, Slug, problem_responses
from core.client_ip import hash_client_networks
from core.rate_limits import enforce_rate_limit
from jams.identity import browser_cookie
from jams.identity.api_auth import BrowserAuth, BrowserRequest, set_browser_cookie_if_new
from votes.services.votes import cast_vote

router = Router(tags=["votes"])
ADDRESS = "/jams/{slug}/entries/{entry_id}/vote"
ANSWERS = problem_responses(400, 403, 404, 409, 429)


class Session(Schema):
    csrf_token: str = Field(
        description="Send it in the X-CSRFToken header with every write authenticated by the cookie."
    )


class VoteState(Schema):
    """Whether this browser has voted for the song; vote counts are in the jam's set list."""

    entry_id: int
    wanted: bool


@router.get(
    "/session",
    response={200: Session, **problem_responses()},
    operation_id="get_session",
    summary="Get a browser cookie and CSRF token",
)
@decorate_view(never_cache)
def session(request: HttpRequest, response: HttpResponse) -> Session:
    """Sets a cookie that identifies this browser to this site only, and returns a CSRF token."""
    if browser_cookie.read_browser(request) is None:
        browser_cookie.set_browser_cookie(response, browser_cookie.create_browser_id())
    return Session(csrf_token=get_token(request))


@router.put(
    ADDRESS,
    auth=BrowserAuth(),
    response={200: VoteState, **ANSWERS},
    operation_id="vote",
    summary="Vote for a song",
)
def vote(request: BrowserRequest, slug: Path[Slug], entry_id: Path[Id], response: HttpResponse) -> VoteState:
    """Idempotent: a retry counts once. Needs the X-CSRFToken header."""
    return _cast(request, response, slug, entry_id, wanted=True)


@router.delete(
    ADDRESS,
    auth=BrowserAuth(),
    response={200: VoteState, **ANSWERS},
    operation_id="unvote",
    summary="Withdraw a vote",
)
def unvote(request: BrowserRequest, slug: Path[Slug], entry_id: Path[Id], response: HttpResponse) -> VoteState:
    """Idempotent: a retry counts once. Needs the X-CSRFToken header."""
    return _cast(request, response, slug, entry_id, wanted=False)


def _cast(request: BrowserRequest, response: HttpResponse, slug: str, entry_id: int, *, wanted: bool) -> VoteState:
    enforce_rate_limit(request, group="votes", who=request.auth, rate=settings.VOTE_RATE)
    networks = tuple(hash_client_networks(request))
    cast_vote(slug=slug, entry_id=entry_id, browser=request.auth, wanted=wanted, networks=networks, now=timezone.now())
    set_browser_cookie_if_new(request, response)
    return VoteState(entry_id=entry_id, wanted=wanted)
