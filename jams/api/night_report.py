"""The night report for programs: the figures of the page, from the same reading."""

from django.http import HttpRequest
from django.views.decorators.cache import never_cache
from ninja import Path, Schema
from ninja.decorators import decorate_view
from pydantic import AwareDatetime, Field

from accounts.identity import SessionLogin, TokenAuth
from accounts.models import Scope
from accounts.permissions import user_of
from core.api.schemas import Slug, problem_responses
from jams.api.public import router
from jams.identity.host_access import get_own_jam
from jams.selectors import night_report
from songs.api.public import PartName


class ReportSong(Schema):
    title: str
    artist: str
    key: str
    votes: int


class OnStage(Schema):
    """Somebody who had signed up for a part."""

    name: str = Field(description="As they gave it at this jam; a pseudonym once names are forgotten.")
    part: str = Field(description="In words.")
    no_show: bool


class PlayedSong(ReportSong):
    started_at: AwareDatetime
    finished_at: AwareDatetime
    players: list[OnStage]


class WantedSong(ReportSong):
    missing: list[PartName] = Field(alias="lacking", description="Once for each person missing.")


class Turns(Schema):
    name: str
    turns: int = Field(description="Songs on stage.")


class Stretch(Schema):
    """A part of the evening."""

    begins_at: AwareDatetime | None = Field(alias="begins", description="Null for all that came before.")
    votes: int = Field(alias="count")


class JamReport(Schema):
    played: list[PlayedSong] = Field(description="In the order in which they were played.")
    wanted: list[WantedSong] = Field(description="Songs with votes whose band was never complete.")
    turns: list[Turns] = Field(description="Each musician, those with most turns first.")
    votes: int = Field(description="Votes that still stand.")
    votes_over_time: list[Stretch] = Field(alias="stretches", description="The same votes along the evening.")


@router.get(
    "/{slug}/report",
    tags=["console"],
    auth=[TokenAuth(Scope.READ), SessionLogin()],
    response={200: JamReport, **problem_responses(400, 401, 403, 404, 429)},
    operation_id="get_report",
    summary="What became of a night",
)
@decorate_view(never_cache)
def night(request: HttpRequest, slug: Path[Slug]) -> JamReport:
    """For the hosts of the jam, by a token or by their login in the browser."""
    found = night_report.read_night_report(get_own_jam(user_of(request.auth), slug))
    turns = [Turns(name=name, turns=number) for name, number in found.turns]
    fields = ("played", "wanted", "votes", "stretches")
    return JamReport.model_validate({"turns": turns, **{name: getattr(found, name) for name in fields}})
