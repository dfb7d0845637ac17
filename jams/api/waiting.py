"""My turn at a jam of bands or acts through the API: when I play, how I wait, the band I am in, my act."""

from dataclasses import asdict
from typing import Any, Literal

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.views.decorators.cache import never_cache
from ninja import Path, Schema
from ninja.decorators import decorate_view
from pydantic import AwareDatetime, Field

from core.api.schemas import OMITTED, Id, Integer, Slug, StrictSchema, problem_responses
from core.rate_limits import enforce_rate_limit, enforce_shared_limit
from jams.api.public import router
from jams.identity import browser_cookie
from jams.identity.act_codes import derive_act_code
from jams.identity.api_auth import BrowserAuth, BrowserRequest
from jams.models import Jam
from jams.selectors import board, current_attendee
from jams.selectors.band_night import find_waiting_place
from jams.selectors.my_turn import find_my_turn
from jams.selectors.wanted import find_question
from jams.services import guest_actions
from jams.services.band_order import MAX_SLOT
from jams.services.band_records import is_act
from jams.services.bands import MAX_ACT_NAME_LENGTH, MAX_NEEDS_LENGTH
from songs.api.schemas import InstrumentSlug

ANSWERS = problem_responses(400, 403, 404, 409, 429)
FOR_ME: dict[str, Any] = {"tags": ["me"], "auth": BrowserAuth()}
TURN = "/{slug}/me/turn"


class TimeRange(Schema):
    """When something is likely to begin: 8 times of 10 from earliest to latest."""

    earliest: AwareDatetime
    likely: AwareDatetime
    latest: AwareDatetime


class MyBand(Schema):
    label: str = Field(description="The name of an act, or else the names of the musicians.")
    instrument: str = Field(description="What you play in it, as a slug.")
    status: str = Field(description="forming, called or on_stage.")
    slot: int | None = Field(description="The number in the running order that your act asked for.")
    start: TimeRange | None = Field(description="Null for a band on stage.")
    code: str = Field(description="Pass it on to let others join your act; empty for a band that a host put together.")


class MyPlace(Schema):
    instrument: str = Field(description="The one of your instruments with which you play soonest, as a slug.")
    place: int = Field(description="From 1, among those who wait with it.")
    of: int
    start: TimeRange | None = Field(description="Null if the stage has no place for the instrument.")


class MyQuestion(Schema):
    """What the host asks you, as you could play what somebody is wanted for; or that it has been settled."""

    id: int
    sentence: str
    instrument: str = Field(description="What is wanted, as a slug.")
    is_taken: bool = Field(description="Whether somebody else has said yes.")
    is_seen: bool = Field(description="Whether the host knows that you have read it.")


class MyTurn(Schema):
    """Where you stand at a jam of bands or acts; nobody else can read it."""

    waits_since: AwareDatetime | None = Field(description="Null if you are not on the waiting list.")
    sits_out: bool
    leaves_at: AwareDatetime | None
    is_new: bool
    sentence: str = Field(description="The same in words; empty for a listener and at a song list.")
    call: str = Field(description="What to tell you at once if you were called or are on stage; otherwise empty.")
    band: MyBand | None = Field(description="The next one that you are in, or the one on stage.")
    place: MyPlace | None
    question: MyQuestion | None = Field(description="The one to answer, also at a song list.")


class Waiting(StrictSchema):
    """Only the fields that are sent are changed."""

    waits: bool = Field(OMITTED, description="Whether you are on the waiting list.")
    sits_out: bool = OMITTED
    leaves_at: str = Field(OMITTED, max_length=40, description="A time like 22:30, or in ISO 8601; empty for none.")
    is_new: bool = Field(OMITTED, description="Whether you are here for the first time.")
    main: InstrumentSlug = Field(OMITTED, description="Which of your instruments is the main one.")


class Act(StrictSchema):
    instrument: InstrumentSlug
    name: str = Field("", max_length=MAX_ACT_NAME_LENGTH)
    needs: str = Field("", max_length=MAX_NEEDS_LENGTH, description="What you need on stage: “one mic, DI”.")
    slot: Integer | None = Field(
        None, ge=1, le=MAX_SLOT, description="The number in the running order that you would like, if nobody has it."
    )


class QuestionAnswer(StrictSchema):
    answer: Literal["yes", "not_now"]


class JoinedAct(StrictSchema):
    code: str = Field(max_length=12, description="From somebody in the act.")
    instrument: InstrumentSlug


@router.get(
    TURN,
    tags=["me"],
    response={200: MyTurn, **problem_responses(400, 404)},
    operation_id="get_turn",
    summary="Get when you play",
)
@decorate_view(never_cache)
def get_turn(request: HttpRequest, slug: Path[Slug]) -> dict[str, Any]:
    return _build_turn(slug, browser_cookie.read_browser(request))


@router.patch(
    TURN, **FOR_ME, response={200: MyTurn, **ANSWERS}, operation_id="change_waiting", summary="Say how you wait"
)
def change_waiting(request: BrowserRequest, slug: Path[Slug], changes: Waiting) -> dict[str, Any]:
    """Join first. 409 if the jam has no waiting list or takes nobody now. Needs the X-CSRFToken header."""
    jam = _let_act(request, slug)
    guest_actions.change_my_waiting(jam=jam, browser=request.auth, now=timezone.now(), **changes.changed_fields)
    return _build_turn(slug, request.auth)


@router.put(
    "/{slug}/me/act",
    **FOR_ME,
    response={200: MyTurn, **ANSWERS},
    operation_id="sign_up_act",
    summary="Sign up to perform at an open mic",
)
def sign_up_act(request: BrowserRequest, slug: Path[Slug], act: Act) -> dict[str, Any]:
    """Join first. Signing up again changes the act. Needs the X-CSRFToken header."""
    jam = _let_act(request, slug)
    guest_actions.sign_up_act(jam=jam, browser=request.auth, now=timezone.now(), **act.dict())
    return _build_turn(slug, request.auth)


@router.put(
    "/{slug}/me/act/join",
    **FOR_ME,
    response={200: MyTurn, **ANSWERS},
    operation_id="join_act",
    summary="Join somebody else's act",
)
def join_act(request: BrowserRequest, slug: Path[Slug], joined: JoinedAct) -> dict[str, Any]:
    """Join the jam first. 404 for a code that no act to come has. Needs the X-CSRFToken header."""
    jam = _let_act(request, slug)
    enforce_rate_limit(request, group="act codes", who=request.auth, rate=settings.ROOM_CODE_RATE)
    guest_actions.require_musician(jam, request.auth)  # strangers use up no guesses
    enforce_shared_limit(group="act codes of a jam", who=f"jam:{jam.pk}", rate=settings.ROOM_CODE_JAM_RATE)
    guest_actions.join_act(jam=jam, browser=request.auth, now=timezone.now(), **joined.dict())
    return _build_turn(slug, request.auth)


@router.delete(
    "/{slug}/me/band",
    **FOR_ME,
    response={200: MyTurn, **ANSWERS},
    operation_id="leave_band",
    summary="Drop out of your next band or act",
)
def leave_band(request: BrowserRequest, slug: Path[Slug]) -> dict[str, Any]:
    """409 if it is on stage. Needs the X-CSRFToken header."""
    jam = _let_act(request, slug)
    guest_actions.leave_band(jam=jam, browser=request.auth, now=timezone.now())
    return _build_turn(slug, request.auth)


@router.put(
    "/{slug}/me/band/seen",
    **FOR_ME,
    response={200: MyTurn, **ANSWERS},
    operation_id="note_call_seen",
    summary="Tell the host that you have seen the call",
)
def note_call_seen(request: BrowserRequest, slug: Path[Slug]) -> dict[str, Any]:
    """Needs the X-CSRFToken header."""
    jam = _let_act(request, slug)
    guest_actions.note_call_seen(jam=jam, browser=request.auth, now=timezone.now())
    return _build_turn(slug, request.auth)


@router.put(
    "/{slug}/me/questions/{question_id}/seen",
    **FOR_ME,
    response={200: MyTurn, **ANSWERS},
    operation_id="note_question_seen",
    summary="Tell the host that you have read a question",
)
def note_question_seen(request: BrowserRequest, slug: Path[Slug], question_id: Path[Id]) -> dict[str, Any]:
    """Changes nothing once it has lapsed. Needs the X-CSRFToken header."""
    jam, now = _let_act(request, slug), timezone.now()
    guest_actions.note_question_seen(jam=jam, browser=request.auth, question=question_id, now=now)
    return _build_turn(slug, request.auth)


@router.put(
    "/{slug}/me/questions/{question_id}/answer",
    **FOR_ME,
    response={200: MyTurn, **ANSWERS},
    operation_id="answer_question",
    summary="Take the place that you were asked to take, or say that you can't now",
)
def answer_question(
    request: BrowserRequest, slug: Path[Slug], question_id: Path[Id], said: QuestionAnswer
) -> dict[str, Any]:
    """404 if you were not asked; 409 if somebody else was faster or it has lapsed. Needs the X-CSRFToken header."""
    jam, says_yes = _let_act(request, slug), said.answer == "yes"
    guest_actions.answer_question(
        jam=jam, browser=request.auth, question=question_id, says_yes=says_yes, now=timezone.now()
    )
    return _build_turn(slug, request.auth)


def _let_act(request: BrowserRequest, slug: str) -> Jam:
    enforce_rate_limit(request, group="acts", who=request.auth, rate=settings.ACT_RATE)
    return Jam.objects.get_for_page(slug)


def _build_turn(slug: str, browser: str | None) -> dict[str, Any]:
    shown = board.read_current_board(slug)
    me = current_attendee.read_current_attendee(shown.jam, browser).musician
    names = ("waits_since", "sits_out", "leaves_at", "is_new")
    told: dict[str, Any] = {name: getattr(me, name) if me else None for name in names}
    told |= {name: bool(told[name]) for name in ("sits_out", "is_new")}
    question = _describe_question(shown, me.pk) if me else None
    nothing = {**told, "sentence": "", "call": "", "band": None, "place": None, "question": question}
    if me is None or shown.night is None:
        return nothing
    turn = find_my_turn(shown.night, me, zone=shown.jam.venue.zone)
    place = find_waiting_place(shown.night, me.pk)
    mine = turn.band
    band = mine and {
        "label": mine.title,
        "instrument": mine.find_instrument(me.pk),
        "status": mine.status,
        "slot": mine.slot,
        "start": mine.start,
        "code": derive_act_code(mine.pk, mine.code_number) if is_act(shown.jam, mine.name) else "",
    }
    return {
        **nothing,
        "sentence": turn.sentence,
        "call": turn.call,
        "band": band,
        "place": asdict(place) if place else None,
    }


def _describe_question(shown: board.Board, me: int) -> dict[str, Any] | None:
    asked = find_question(shown.wanted, me)
    if asked is None:
        return None
    return {
        "id": asked.pk,
        "sentence": asked.describe(timezone.now()),
        "instrument": asked.instrument,
        "is_taken": asked.is_taken,
        "is_seen": me in asked.seen,
    }
