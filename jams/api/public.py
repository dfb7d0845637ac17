"""Jams and their set lists, with the data of the public pages: no personal data and no chord sheets."""

from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Path, Query, Router, Schema
from pydantic import AwareDatetime, Field

from core.api.schemas import OMITTED, IsoDate, Paged, Paging, Slug, cached_response, get_page_numbers, problem_responses
from core.exceptions import NotFound
from core.pagination import paginate, paginate_list
from jams.models import Entry, EntryStatus, Jam, JamQuerySet, JamStatus, SignUps, Suggestions, Voting
from jams.policies import read_mode
from jams.selectors.board import build_rows
from jams.selectors.jam_filter import YEARS, JamFilter
from songs.api.schemas import NearestPart
from songs.parts import find_missing_parts
from venues.api.public import VenueBrief
from venues.models import Venue

router = Router(tags=["jams"])
MAX_ENTRIES = 300  # in the description of a jam


class JamRow(Schema):
    slug: str
    name: str
    venue: VenueBrief
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    status: Literal["scheduled", "live", "paused", "ended"] = Field(description="A cancelled jam is “ended”, too.")
    is_cancelled: bool = Field(description="Whether it was called off: it does not take place.")
    song_count: int = Field(description="Number of songs on the public set list.")
    url: str = Field(alias="get_absolute_url", description="Path of its page.")

    @staticmethod
    def resolve_status(jam: Jam) -> str:
        """Clients written for version 1 know these four; `is_cancelled` tells the others more."""
        return JamStatus.ENDED if jam.is_cancelled else jam.status


class JamPage(Paged):
    items: list[JamRow]


class SongBrief(Schema):
    id: int
    title: str
    artist: str
    key: str
    tempo: int | None = Field(description="Beats per minute.")


class Performer(Schema):
    name: str = Field(description="The name they use at this jam.")
    part: NearestPart
    part_name: str = Field(description="The part in words; for “other”, what they entered.")
    instrument: str = Field(description="The slug of the instrument.")


class EntryRow(Schema):
    """A song on the set list."""

    id: int
    song: SongBrief
    status: Literal[tuple(Entry.LISTED)]  # type: ignore[valid-type]  # made at run time
    place: int | None = Field(description="1 is next; null for songs on stage or already played.")
    votes: int
    performers: list[Performer]
    missing: list[NearestPart] = Field(description="Parts still needed, once per missing person.")
    missing_instruments: list[str] = Field(alias="missing", description="The same as slugs of instruments.")
    started_at: AwareDatetime | None
    finished_at: AwareDatetime | None


class EntryPage(Paged):
    items: list[EntryRow]


class JamDetail(JamRow):
    description: str
    announcement: str = Field(description="What a host says to everybody now; empty for nothing.")
    voting: Literal[tuple(Voting.values)]  # type: ignore[valid-type]  # made at run time
    suggestions: Literal[tuple(Suggestions.values)]  # type: ignore[valid-type]  # made at run time
    sign_ups: Literal[tuple(SignUps.values)]  # type: ignore[valid-type]  # made at run time
    performing_limit: int
    instrument_set: str = Field(description="Which instruments its forms offer first.")
    entries: list[EntryRow] = Field(
        alias="listed",
        description="The song on stage, then the queue in order, then the songs played; at most 300 of them. "
        "The operation list_entries returns all, page by page.",
    )

    @staticmethod
    def resolve_announcement(jam: Jam) -> str:
        return "" if jam.is_over else jam.announcement

    # A mode that this release does not know is denied, so it is reported as the mode that denies everyone.

    @staticmethod
    def resolve_voting(jam: Jam) -> str:
        return read_mode(Voting, jam.voting) or Voting.CLOSED

    @staticmethod
    def resolve_suggestions(jam: Jam) -> str:
        return read_mode(Suggestions, jam.suggestions) or Suggestions.OFF

    @staticmethod
    def resolve_sign_ups(jam: Jam) -> str:
        return read_mode(SignUps, jam.sign_ups) or SignUps.CLOSED


class JamsSought(Paging):
    venue: Slug = Field(OMITTED, description="The venue's slug.")
    when: Literal["coming", "past"] = Field(
        OMITTED, description="coming: on now or upcoming, soonest first; past: over, latest first."
    )
    date: IsoDate = Field(OMITTED, description="The date it starts, in the venue's time zone.")


@router.get("", response={200: JamPage, **problem_responses(400, 404)}, operation_id="list_jams", summary="List jams")
def jam_list(request: HttpRequest, sought: Query[JamsSought]) -> HttpResponse:
    """Latest first; with when=coming, soonest first."""
    return cached_response(
        request, key="jams", query=sought, depends_on=("jams", "venues"), build=lambda: _build_page(sought)
    )


def _build_page(sought: JamsSought) -> JamPage:
    page = paginate(_find_jams(sought), str(sought.page), size=sought.per_page)
    return JamPage.model_validate({"items": page.rows, **get_page_numbers(page)})


def _find_jams(sought: JamsSought) -> JamQuerySet:
    jams = Jam.objects.for_list()
    if sought.date and sought.date.year not in YEARS:
        return jams.none()
    venues = list(Venue.objects.order_by("pk")) if sought.venue or sought.date else []
    venue = next((venue for venue in venues if venue.slug == sought.venue), None)
    if sought.venue and not venue:
        raise NotFound(_("There's no venue with that name."))
    chosen = JamFilter(venue=venue, when=sought.when or "", day=sought.date)
    return chosen.narrow(jams, venues, timezone.now())


@router.get(
    "/by-slug/{slug}",
    response={200: JamDetail, **problem_responses(400, 404)},
    operation_id="get_jam",
    summary="Get a jam with its set list",
)
def jam(request: HttpRequest, slug: Path[Slug]) -> HttpResponse:
    """Includes the venue and, for each song on the set list, its votes, who plays what and the parts still needed."""
    depends_on = (f"jam:{slug}", "songs", "venues")
    return cached_response(request, key=f"jam:{slug}", depends_on=depends_on, build=lambda: _build_detail(slug))


@router.get(
    "/by-slug/{slug}/entries",
    response={200: EntryPage, **problem_responses(400, 404)},
    operation_id="list_entries",
    summary="List the songs on a set list",
)
def entry_list(request: HttpRequest, slug: Path[Slug], sought: Query[Paging]) -> HttpResponse:
    """The song on stage, then the queue in order, then the songs played."""
    depends_on = (f"jam:{slug}", "songs", "venues")
    return cached_response(
        request,
        key=f"entries:{slug}",
        query=sought,
        depends_on=depends_on,
        build=lambda: _build_entry_page(slug, sought),
    )


def _build_detail(slug: str) -> JamDetail:
    jam: Any = Jam.objects.for_list().get_for_page(slug)
    jam.listed = _list_entries(jam)[:MAX_ENTRIES]
    return JamDetail.model_validate(jam)


def _build_entry_page(slug: str, sought: Paging) -> EntryPage:
    entries = _list_entries(Jam.objects.get_for_page(slug))
    page = paginate_list(entries, sought.page, size=sought.per_page)
    return EntryPage.model_validate({"items": page.rows, **get_page_numbers(page)})


def _list_entries(jam: Jam) -> list[dict[str, Any]]:
    entries = {entry.pk: entry for entry in jam.entries.listed().for_board()}
    rows = sorted(build_rows(jam, entries.values()), key=lambda row: row.rank)
    queue = [row for row in rows if row.status in Entry.UPCOMING]
    place = {row.song.entry_id: number for number, row in enumerate(queue, start=1)}
    on_stage = [row for row in rows if row.status == EntryStatus.PLAYING]
    played = [entry for entry in entries.values() if entry.status == EntryStatus.PLAYED]
    played.sort(key=lambda entry: (entry.finished_at, entry.pk))
    shown = [*(entries[row.song.entry_id] for row in (*on_stage, *queue)), *played]
    return [_build_entry(jam, entry, place.get(entry.pk)) for entry in shown]


def _build_entry(jam: Jam, entry: Any, place: int | None) -> dict[str, Any]:
    """Return the fields of `EntryRow`; `entry` comes from `EntryQuerySet.for_board`."""
    performances = [performance for performance in entry.performances.all() if not performance.no_show]
    return {
        **{name: getattr(entry, name) for name in ("id", "song", "status", "started_at", "finished_at")},
        "place": place,
        "votes": entry.vote_count,
        "performers": [
            {
                "name": one.attendee.name,
                "part": one.part,
                "part_name": one.part_name,
                "instrument": one.instrument,
            }
            for one in performances
        ],
        "missing": find_missing_parts(entry.song.parts or jam.default_parts, [one.instrument for one in performances]),
    }
