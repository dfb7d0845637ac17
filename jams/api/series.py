"""Series of jams: the public facts with the next nights, and planning and changing them with an API token."""

from datetime import date, time
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from ninja import Path, Router, Schema, Status
from ninja.decorators import decorate_view
from pydantic import BeforeValidator, Field

from accounts.identity import TokenAuth, TokenRequest
from accounts.models import Scope
from accounts.permissions import require_permission
from core.api.schemas import OMITTED, Integer, IsoDate, Slug, StrictSchema, cached_response, problem_responses
from core.exceptions import Forbidden
from core.recurrence import MAX_LENGTH
from jams.api.public import JamRow
from jams.models import Format, Series
from jams.selectors.series import list_nights
from jams.services.house_band import MAX_PEOPLE, clean_house_band
from jams.services.jam_settings import CHANGEOVER_MINUTES, SET_MINUTES, SET_SONGS
from jams.services.series import CHOSEN, change_series, get_night_settings, plan_series
from songs.api.schemas import InstrumentSlug, Need, NeedSent
from songs.shipped_instruments import InstrumentSet
from venues.api.public import VenueBrief
from venues.models import Venue

router = Router(tags=["series"])


def _parse_time(value: Any) -> Any:
    """Accept only text, and no zone: the time is that on the clock at the venue."""
    parsed = time.fromisoformat(value) if isinstance(value, str) else None
    if parsed is None or parsed.tzinfo is not None:
        raise ValueError("a time without a zone, like 20:00, is needed")
    return parsed


LocalTime = Annotated[time, BeforeValidator(_parse_time)]
ANSWERS = problem_responses(400, 401, 403, 404, 409, 429)
FOR_HOSTS: dict[str, Any] = {"auth": TokenAuth(Scope.JAMS)}
RULE = "An RFC 5545 rule with weekdays: FREQ=WEEKLY;INTERVAL=2;BYDAY=TH, or FREQ=MONTHLY;BYDAY=-1FR."


class SeriesRow(Schema):
    code: str = Field(description="It never changes: /s/ and the code lead to tonight's jam or the next one.")
    name: str
    venue: VenueBrief
    rule: str = Field(description=RULE)
    rule_in_words: str = Field(alias="describe_rule", description="In the language of the request.")
    first_on: date
    last_on: date | None
    starts_at: time = Field(description="On the clock at the venue.")
    ends_at: time = Field(description="On the clock at the venue; on the next day if it is not after the start.")
    description: str
    url: str = Field(alias="get_absolute_url", description="Path that leads to a night.")


class SeriesDetail(SeriesRow):
    nights: list[JamRow] = Field(description="The nights that are on or to come, also cancelled ones; at most 40.")

    @staticmethod
    def resolve_nights(series: Series) -> list[Any]:
        return list_nights(series, timezone.now())


class Standby(StrictSchema):
    name: str = Field(max_length=60)
    plays: list[InstrumentSlug] = Field(max_length=20, description="Slugs of instruments, the main one first.")


class SeriesPlan(Schema):
    """How each new night runs; it holds names, so it is for hosts."""

    format: Literal[tuple(Format.values)]  # type: ignore[valid-type]  # made at run time
    set_songs: int
    set_minutes: int | None = Field(description="Null if a set is counted in songs.")
    changeover_minutes: int
    stage_plan: list[Need] = Field(description="What a band consists of; empty for the usual line-up.")
    everyone_once_first: bool
    instrument_set: Literal[tuple(InstrumentSet.values)]  # type: ignore[valid-type]  # made at run time
    hard_stop: time | None = Field(description="When the music has to stop, on the clock at the venue.")
    house_band: list[Standby]


class NightSettings(StrictSchema):
    """How each night runs. What is not sent is as usual, or stays."""

    format: Literal[tuple(Format.values)] = OMITTED  # type: ignore[valid-type]  # made at run time
    set_songs: Integer = Field(OMITTED, ge=SET_SONGS[0], le=SET_SONGS[-1])
    set_minutes: Integer | None = Field(
        OMITTED, ge=SET_MINUTES[0], le=SET_MINUTES[-1], description="Null to count a set in songs."
    )
    changeover_minutes: Integer = Field(OMITTED, ge=CHANGEOVER_MINUTES[0], le=CHANGEOVER_MINUTES[-1])
    stage_plan: list[NeedSent] = Field(OMITTED, description="What a band consists of; empty for the usual line-up.")
    everyone_once_first: bool = Field(OMITTED, strict=True)
    instrument_set: Literal[tuple(InstrumentSet.values)] = Field(  # type: ignore[valid-type]  # made at run time
        OMITTED, description="Which instruments its forms offer first."
    )
    hard_stop: LocalTime | None = Field(OMITTED, description="When the music has to stop; null for no hard stop.")
    house_band: list[Standby] = Field(OMITTED, max_length=MAX_PEOPLE, description="They play where nobody else can.")

    @property
    def changed_fields(self) -> dict[str, Any]:
        """The fields that the request contained, by name; what each night begins with is in `settings`."""
        values = super().changed_fields
        if "house_band" in values:
            values["house_band"] = clean_house_band(values["house_band"])
        settings = {name: values.pop(name) for name in CHOSEN if name in values}
        return {**values, "settings": settings}


class SeriesChange(NightSettings):
    """Only the fields that are sent are changed."""

    since: IsoDate = Field(OMITTED, description="From this day on: this and all following. Without it, from today on.")
    name: str = Field(OMITTED, min_length=1, max_length=120)
    rule: str = Field(OMITTED, max_length=MAX_LENGTH, description=RULE)
    last_on: IsoDate | None = Field(OMITTED, description="The last day on which there may be a night; null to go on.")
    starts_at: LocalTime = OMITTED
    ends_at: LocalTime = OMITTED
    description: str = Field(OMITTED, max_length=2000)


class NewSeries(NightSettings):
    name: str = Field(min_length=1, max_length=120)
    venue: Slug = Field(description="The slug of its venue.")
    rule: str = Field(max_length=MAX_LENGTH, description=RULE)
    first_on: IsoDate
    last_on: IsoDate | None = None
    starts_at: LocalTime
    ends_at: LocalTime
    description: str = Field("", max_length=2000)


@router.post(
    "", **FOR_HOSTS, response={201: SeriesDetail, **ANSWERS}, operation_id="plan_series", summary="Plan a series"
)
def plan(request: TokenRequest, new: NewSeries) -> Status[Series]:
    """The token's user is its host. Its nights are made 90 days ahead."""
    require_permission(request.auth, "jams.add_series")
    values = new.changed_fields
    venue = get_object_or_404(Venue.objects.current(), slug=values.pop("venue"))
    series = plan_series(user=request.auth.user, now=timezone.now(), venue=venue, **values)
    return Status(201, _get(series.code))


@router.get(
    "/{code}",
    response={200: SeriesDetail, **problem_responses(400, 404)},
    operation_id="get_series",
    summary="Get a series",
)
def get_series(request: HttpRequest, code: Path[Slug]) -> HttpResponse:
    return cached_response(
        request,
        key=f"series:{code}",
        depends_on=("jams", "venues"),
        build=lambda: SeriesDetail.model_validate(_get(code)),
    )


@router.get(
    "/{code}/plan",
    **FOR_HOSTS,
    response={200: SeriesPlan, **problem_responses(400, 401, 403, 404, 429)},
    operation_id="get_series_plan",
    summary="Get how each night of a series runs",
)
@decorate_view(never_cache)
def get_plan(request: TokenRequest, code: Path[Slug]) -> dict[str, Any]:
    """The format, sets, stage plan, hard stop and house band with which each new night begins."""
    series = _get_hosted(request, code)
    return {**get_night_settings(series), "hard_stop": series.hard_stop, "house_band": series.house_band}


@router.patch(
    "/{code}",
    **FOR_HOSTS,
    response={200: SeriesDetail, **ANSWERS},
    operation_id="change_series",
    summary="Change a series from a day on",
)
def change(request: TokenRequest, code: Path[Slug], changes: SeriesChange) -> Series:
    """Earlier nights stay as they are, and so does what was changed on one night alone."""
    series = _get_hosted(request, code)
    now, values = timezone.now(), changes.changed_fields
    since = values.pop("since", now.astimezone(series.venue.zone).date())
    change_series(series=series, since=since, now=now, **values)
    return _get(code)


def _get_hosted(request: TokenRequest, code: str) -> Series:
    require_permission(request.auth, "jams.change_series")
    series = _get(code)
    if not Series.objects.run_by(request.auth.user).filter(pk=series.pk).exists():
        raise Forbidden(_("You're not a host of this series."))
    return series


def _get(code: str) -> Series:
    return Series.objects.get_by_code(code)
