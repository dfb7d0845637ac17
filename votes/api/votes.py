"""Voting, by the same service, cookie and CSRF token as the pages."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.utils import timezone
from django.views.decorators.cache import never_cache
from ninja import Path, Router, Schema
from ninja.decorators import decorate_view
from pydantic import Field

from core.api.schemas import Id, Slug, problems
from core.rate_limits import limit
from jams.identity import browser_cookie
from jams.identity.api_auth import Browser, keep
from votes.services.votes import vote_at

router = Router(tags=["votes"])
ADDRESS = "/jams/{slug}/entries/{entry_id}/vote"
ANSWERS = problems(400, 403, 404, 409, 429)


class Session(Schema):
    csrf_token: str = Field(description="Send it as X-CSRFToken with every write that goes by the cookie.")


class Wish(Schema):
    """What this browser wants now; the count is in the jam's set list."""

    entry_id: int
    wanted: bool


@router.get(
    "/session", response={200: Session, **problems()}, operation_id="get_session", summary="Cookies to vote with"
)
@decorate_view(never_cache)
def session(request: HttpRequest, response: HttpResponse) -> Session:
    """Gives this browser its id (a cookie that only this site reads) and a CSRF token."""
    if browser_cookie.recognised(request) is None:
        browser_cookie.give(response, browser_cookie.new())
    return Session(csrf_token=get_token(request))


@router.put(
    ADDRESS, auth=Browser(), response={200: Wish, **ANSWERS}, operation_id="vote", summary="I want to hear this song"
)
def vote(request: HttpRequest, slug: Path[Slug], entry_id: Path[Id], response: HttpResponse) -> Wish:
    """Asking twice is the same as asking once. Needs the header X-CSRFToken."""
    return _wish(request, response, slug, entry_id, wanted=True)


@router.delete(
    ADDRESS, auth=Browser(), response={200: Wish, **ANSWERS}, operation_id="unvote", summary="I do not want to hear it"
)
def unvote(request: HttpRequest, slug: Path[Slug], entry_id: Path[Id], response: HttpResponse) -> Wish:
    """Asking twice is the same as asking once. Needs the header X-CSRFToken."""
    return _wish(request, response, slug, entry_id, wanted=False)


def _wish(request: HttpRequest, response: HttpResponse, slug: str, entry_id: int, *, wanted: bool) -> Wish:
    limit(request, group="votes", who=request.auth, rate=settings.VOTE_RATE)
    vote_at(slug=slug, entry_id=entry_id, browser=request.auth, wanted=wanted, now=timezone.now())
    keep(request, response)
    return Wish(entry_id=entry_id, wanted=wanted)
