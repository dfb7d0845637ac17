"""Guest actions through the API: join and sign up, with the services, cookie and CSRF token of the pages."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from ninja import Body, Path, Schema
from ninja.decorators import decorate_view
from pydantic import Field

from core.api.schemas import Id, Slug, StrictSchema, problem_responses
from core.rate_limits import enforce_rate_limit
from jams.api.public import router
from jams.identity import browser_cookie
from jams.identity.api_auth import BrowserAuth, BrowserRequest, set_browser_cookie_if_new
from jams.models import Entry, Jam
from jams.selectors import current_attendee
from jams.services import guest_actions
from jams.services.membership import MAX_NAME_LENGTH
from jams.services.sign_ups import MAX_OTHER_PART_LENGTH
from songs.api.schemas import InstrumentSlug, NearestPart, PartName
from songs.instruments import get_catalogue

ANSWERS = problem_responses(400, 403, 404, 409, 429)
MAX_INSTRUMENTS = 40
PART = "/{slug}/entries/{entry_id}/parts/{part}"


class Turn(Schema):
    entry_id: int
    title: str
    part: NearestPart
    part_name: str
    instrument: str = Field(description="The slug of the instrument.")
    status: str


class Me(Schema):
    """Your own data at a jam; nobody else can read it."""

    name: str = Field(description="Empty for a listener.")
    plays: list[PartName]
    instruments: list[str] = Field(description="What you play, as slugs of instruments.")
    hearts: list[int] = Field(description="Entries you voted for.")
    turns: list[Turn] = Field(description="Parts you signed up for and haven't played yet.")


class Joining(StrictSchema):
    name: str = Field(min_length=1, max_length=MAX_NAME_LENGTH)
    plays: list[PartName] = Field([], max_length=6)
    instruments: list[InstrumentSlug] = Field(
        [], max_length=MAX_INSTRUMENTS, description="What you play, as slugs of instruments; plays may then be empty."
    )


class Words(StrictSchema):
    other_part: str = Field("", max_length=MAX_OTHER_PART_LENGTH, description="What they play, for the part “other”.")
    instrument: InstrumentSlug = ""


@router.get(
    "/{slug}/me",
    tags=["me"],
    response={200: Me, **problem_responses(400, 404)},
    operation_id="get_me",
    summary="Get your name, votes and sign-ups",
)
@decorate_view(never_cache)
def get_me(request: HttpRequest, slug: Path[Slug]) -> dict[str, Any]:
    return _build_me(Jam.objects.get_for_page(slug), browser_cookie.read_browser(request))


@router.put(
    "/{slug}/me",
    tags=["me"],
    auth=BrowserAuth(),
    response={200: Me, **ANSWERS},
    operation_id="join",
    summary="Join or change your name",
)
def join_jam(request: BrowserRequest, slug: Path[Slug], joining: Joining, response: HttpResponse) -> dict[str, Any]:
    """409 if somebody else has the name. Needs the X-CSRFToken header."""
    _enforce_rate(request)
    jam = Jam.objects.get_for_page(slug)
    plays = list(dict.fromkeys([*joining.instruments, *joining.plays]))
    guest_actions.join_jam(jam=jam, browser=request.auth, name=joining.name, plays=plays, now=timezone.now())
    set_browser_cookie_if_new(request, response)
    return _build_me(jam, request.auth)


@router.delete(
    "/{slug}/me",
    tags=["me"],
    auth=BrowserAuth(),
    response={200: Me, **ANSWERS},
    operation_id="leave",
    summary="Leave the line-up",
)
def leave_jam(request: BrowserRequest, slug: Path[Slug], response: HttpResponse) -> dict[str, Any]:
    """Keeps your votes; cancels sign-ups for songs not played yet. Needs the X-CSRFToken header."""
    _enforce_rate(request)
    jam = Jam.objects.get_for_page(slug)
    guest_actions.leave_jam(jam=jam, browser=request.auth, now=timezone.now())
    set_browser_cookie_if_new(request, response)
    return _build_me(jam, request.auth)


@router.put(
    PART,
    tags=["me"],
    auth=BrowserAuth(),
    response={200: Me, **ANSWERS},
    operation_id="sign_up",
    summary="Sign up for a part",
)
def sign_up(
    request: BrowserRequest, slug: Path[Slug], entry_id: Path[Id], part: Path[PartName], body: Body[Words | None] = None
) -> dict[str, Any]:
    """Join first. Needs the X-CSRFToken header."""
    _enforce_rate(request)
    entry, words = Entry.objects.get_listed(slug, entry_id), body or Words(other_part="")
    guest_actions.sign_up_for_part(
        entry=entry,
        browser=request.auth,
        part=words.instrument or part,
        other_part=words.other_part,
        now=timezone.now(),
    )
    return _build_me(entry.jam, request.auth)


@router.delete(
    PART,
    tags=["me"],
    auth=BrowserAuth(),
    response={200: Me, **ANSWERS},
    operation_id="withdraw",
    summary="Drop out of a part",
)
def drop_out(request: BrowserRequest, slug: Path[Slug], entry_id: Path[Id], part: Path[PartName]) -> dict[str, Any]:
    """Whatever you play that is shown as this part. Needs the X-CSRFToken header."""
    _enforce_rate(request)
    entry = Entry.objects.get_listed(slug, entry_id)
    guest_actions.drop_out_of_kinds(entry=entry, browser=request.auth, part=part, now=timezone.now())
    return _build_me(entry.jam, request.auth)


def _enforce_rate(request: BrowserRequest) -> None:
    enforce_rate_limit(request, group="acts", who=request.auth, rate=settings.ACT_RATE)


def _build_me(jam: Jam, browser: str | None) -> dict[str, Any]:
    found = current_attendee.read_current_attendee(jam, browser)
    name = found.musician.name if found.musician else ""
    return {
        "name": name,
        "plays": list(dict.fromkeys(get_catalogue().get(slug).part for slug in found.plays)),
        "instruments": found.plays,
        "hearts": sorted(found.hearts),
        "turns": found.turns,
    }
