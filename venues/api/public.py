"""Where jams happen."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Path, Query, Router, Schema
from pydantic import Field

from core.api.schemas import Paged, Paging, Slug, cached_response, get_page_numbers, problem_responses
from core.pagination import paginate
from venues.models import Venue

router = Router(tags=["venues"])


class VenueBrief(Schema):
    slug: str
    name: str
    time_zone: str = Field(description="An IANA time zone, for example Europe/Berlin.")
    url: str = Field(alias="get_absolute_url", description="Path of its page.")


class VenueRow(VenueBrief):
    address: str


class VenueDetail(VenueRow):
    description: str
    how_to_sign_up: str
    backline: str = Field(description="For example drums, amplifiers, a piano, microphones.")
    house_rules: str
    colour: str = Field(description="For example #b4330f; empty if it has none of its own.")
    picture: str = Field(description="Path or address of its picture or logo; empty if it has none.")
    archived: bool

    @staticmethod
    def resolve_picture(venue: Venue) -> str:
        return str(venue.picture.url) if venue.picture else ""


class VenuePage(Paged):
    items: list[VenueRow]


@router.get(
    "", response={200: VenuePage, **problem_responses(400, 404)}, operation_id="list_venues", summary="List venues"
)
def list_venues(request: HttpRequest, paging: Query[Paging]) -> HttpResponse:
    """Venues that aren't archived, by name."""
    return cached_response(
        request, key="venues", query=paging, depends_on=("venues",), build=lambda: _build_page(paging)
    )


def _build_page(paging: Paging) -> VenuePage:
    venues = Venue.objects.current().order_by("name_order", "pk")
    page = paginate(venues, str(paging.page), size=paging.per_page)
    return VenuePage.model_validate({"items": page.rows, **get_page_numbers(page)})


@router.get(
    "/{slug}",
    response={200: VenueDetail, **problem_responses(400, 404)},
    operation_id="get_venue",
    summary="Get a venue",
)
def get_venue(request: HttpRequest, slug: Path[Slug]) -> HttpResponse:
    return cached_response(request, key=f"venue:{slug}", depends_on=("venues",), build=lambda: _build_detail(slug))


def _build_detail(slug: str) -> VenueDetail:
    return VenueDetail.model_validate(get_object_or_404(Venue, slug=slug))
