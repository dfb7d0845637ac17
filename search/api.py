"""One search over songs, jams and venues."""

from typing import Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from core.api.schemas import OMITTED, problem_responses
from jams.api.public import JamRow
from search.rate_limits import count_search
from search.selectors.site_search import MAX_QUERY_LENGTH, SearchQuery, search_site
from songs.api.schemas import SongRow
from venues.api.public import VenueRow

router = Router(tags=["search"])


class SearchResults(Schema):
    """The best matches of each kind, best first."""

    songs: list[SongRow]
    jams: list[JamRow]
    venues: list[VenueRow]


class SearchParameters(Schema):
    q: str = Field(max_length=MAX_QUERY_LENGTH, description="Words in any order; prefixes and typos are fine.")
    when: Literal["coming", "near"] = Field(
        OMITTED, description="Only jams on now or upcoming, or only those in the next 7 days."
    )
    parts: Literal["free"] = Field(OMITTED, description="Only songs on a set list that still need players.")


@router.get(
    "",
    response={200: SearchResults, **problem_responses(400, 429)},
    operation_id="search",
    summary="Search songs, jams and venues",
)
def search(request: HttpRequest, parameters: Query[SearchParameters]) -> dict[str, Any]:
    count_search(request)
    query = SearchQuery(parameters.q, parameters.when or "", parameters.parts or "")
    results = search_site(query, now=timezone.now())
    return {kind: [result.row for result in getattr(results, kind)] for kind in ("songs", "jams", "venues")}
