"""The bands and the waiting list of a jam, for its hosts' programs."""

from typing import Any, Literal

from django.utils import timezone
from django.views.decorators.cache import never_cache
from ninja import Path, Schema
from ninja.decorators import decorate_view
from pydantic import AwareDatetime, Field

from accounts.identity import TokenAuth, TokenRequest
from accounts.models import Scope
from accounts.permissions import require_permission
from core.api.schemas import Slug, problem_responses
from jams.api.public import router
from jams.identity.host_access import get_hosted_jam
from jams.models import BandStatus, Format
from jams.selectors.bands import BandBoard, read_bands

SHOWN = tuple(status for status in BandStatus.values if status != BandStatus.DROPPED)


class BandSeat(Schema):
    name: str
    instrument: str = Field(description="Its slug.")
    no_show: bool


class BandRow(Schema):
    id: int = Field(alias="pk")
    label: str = Field(alias="title", description="The name of an act, or else the names of the musicians.")
    name: str = Field(description="The name of an act; empty for a band that was put together.")
    needs: str
    slot: int | None = Field(description="The number in the running order that the act asked for.")
    status: Literal[SHOWN]  # type: ignore[valid-type]  # made at run time
    seats: list[BandSeat] = Field(alias="players")
    songs: int = Field(description="Songs of its set that have been started.")
    called_at: AwareDatetime | None
    started_at: AwareDatetime | None
    finished_at: AwareDatetime | None


class WaitingPerson(Schema):
    name: str
    plays: list[str] = Field(description="Slugs of instruments, the main one first.")
    waits_since: AwareDatetime | None
    leaves_at: AwareDatetime | None
    is_new: bool
    missed_last: bool = Field(description="They did not get to play last time; known if the series remembers them.")
    sits_out: bool
    in_house_band: bool
    turns: int = Field(description="Bands that they played in, are on stage with or are called with tonight.")


class ProposedPlace(Schema):
    need: str = Field(description="What the stage plan asks for, as a slug.")
    instrument: str
    name: str | None = Field(description="Null if nobody is free to play it.")
    why: str = Field(description="The reasons in words.")


class Bands(Schema):
    format: Literal[tuple(Format.values)]  # type: ignore[valid-type]  # made at run time
    on_stage: BandRow | None
    upcoming: list[BandRow] = Field(description="In the order in which they play, those that were called first.")
    played: list[BandRow]
    waiting: list[WaitingPerson] = Field(description="Longest wait first.")
    house_band: list[WaitingPerson]
    proposal: list[ProposedPlace]
    proposed_seats: str = Field(description="The proposal as call_band and form_band take it.")


@router.get(
    "/{slug}/bands",
    tags=["console"],
    auth=TokenAuth(Scope.JAMS),
    response={200: Bands, **problem_responses(400, 401, 403, 404, 429)},
    operation_id="get_bands",
    summary="Get bands, the waiting list and the band to propose",
)
@decorate_view(never_cache)
def get_bands(request: TokenRequest, slug: Path[Slug]) -> dict[str, Any]:
    """Holds what people said about themselves, so it is for hosts."""
    require_permission(request.auth, "jams.change_jam")
    jam = get_hosted_jam(request.auth.user, slug)
    return _build(read_bands(jam, now=timezone.now()))


def _build(board: BandBoard) -> dict[str, Any]:
    return {
        "format": board.jam.format,
        "on_stage": board.on_stage,
        "upcoming": board.night.coming,
        "played": board.night.played,
        "waiting": [one.person for one in board.waiting],
        "house_band": [one.person for one in board.house_band],
        "proposal": [
            {
                "need": seat.need,
                "instrument": seat.instrument,
                "name": seat.person.name if seat.person else None,
                "why": seat.describe(),
            }
            for seat in (board.proposal if board.has_waiting_list else ())
        ],
        "proposed_seats": board.proposed_seats if board.has_waiting_list else "",
    }
