"""The night report as JSON, with the same figures as the page."""

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.views.decorators.cache import never_cache
from ninja import Path, Schema
from ninja.decorators import decorate_view
from pydantic import AwareDatetime, Field

from accounts.identity import SessionLogin, TokenAuth
from accounts.models import ApiToken, Scope
from accounts.permissions import get_user
from core.api.schemas import Slug, problem_responses
from jams.api.public import router
from jams.identity.host_access import get_hosted_jam
from jams.selectors import night_report
from songs.api.schemas import NearestPart


class ReportSong(Schema):
    title: str
    artist: str
    key: str
    votes: int


class OnStage(Schema):
    """A musician who signed up for a part."""

    name: str = Field(description="The name they used at this jam; a pseudonym once names are deleted.")
    part: str = Field(description="In words.")
    no_show: bool


class PlayedSong(ReportSong):
    started_at: AwareDatetime
    finished_at: AwareDatetime
    players: list[OnStage]


class WantedSong(ReportSong):
    missing: list[NearestPart] = Field(alias="lacking", description="Once per missing person.")
    missing_instruments: list[str] = Field(alias="lacking", description="The same as slugs of instruments.")


class Turns(Schema):
    name: str
    turns: int = Field(description="Songs played.")


class Stretch(Schema):
    """A part of the evening."""

    begins_at: AwareDatetime | None = Field(alias="begins", description="Null for everything earlier.")
    votes: int = Field(alias="count")


class BandMember(Schema):
    name: str = Field(description="The name they used at this jam; a pseudonym once names are deleted.")
    instrument: str = Field(description="Its slug.")
    no_show: bool


class PlayedBand(Schema):
    name: str = Field(description="The name of an act; empty for a band that was put together.")
    started_at: AwareDatetime
    finished_at: AwareDatetime
    songs: int
    players: list[BandMember]


class Repeats(Schema):
    """How often somebody took another turn with an instrument while others were waiting for their first."""

    instrument: str = Field(description="Its slug.")
    times: int


class NightFairness(Schema):
    """Without the house band."""

    musicians: int = Field(description="Those who have played in a band, or wait for a place in one.")
    played: int
    median_wait_minutes: int = Field(description="For the first turn.")
    repeats: list[Repeats]


class JamReport(Schema):
    played: list[PlayedSong] = Field(description="In the order they were played.")
    wanted: list[WantedSong] = Field(description="Songs with votes that were short of players.")
    turns: list[Turns] = Field(description="Each musician, most songs first.")
    votes: int = Field(description="Votes that were not withdrawn.")
    votes_over_time: list[Stretch] = Field(alias="stretches", description="The same votes over the evening.")
    bands: list[PlayedBand] = Field(description="In the order they were on stage.")
    fairness: NightFairness


class ReportRequest(HttpRequest):
    """A request that `TokenAuth` or `SessionLogin` has let in."""

    auth: ApiToken | User


@router.get(
    "/{slug}/report",
    tags=["console"],
    auth=[TokenAuth(Scope.READ), SessionLogin()],
    response={200: JamReport, **problem_responses(400, 401, 403, 404, 429)},
    operation_id="get_report",
    summary="Get a jam's report",
)
@decorate_view(never_cache)
def get_report(request: ReportRequest, slug: Path[Slug]) -> JamReport:
    """For hosts of the jam, with a token or a browser session."""
    found = night_report.read_night_report(get_hosted_jam(get_user(request.auth), slug))
    turns = [Turns(name=name, turns=number) for name, number in found.turns]
    fairness = NightFairness(
        musicians=found.fairness.musicians,
        played=found.fairness.played,
        median_wait_minutes=found.fairness.median_wait,
        repeats=[Repeats(instrument=slug, times=times) for slug, times in found.fairness.again],
    )
    fields = ("played", "wanted", "votes", "stretches", "bands")
    told = {name: getattr(found, name) for name in fields}
    return JamReport.model_validate({"turns": turns, "fairness": fairness, **told})
