"""Adding and changing venues, with a token for the library."""

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Path, Status
from pydantic import Field

from accounts.identity import TokenAuth, TokenRequest
from accounts.models import Scope
from accounts.permissions import require_permission
from core.api.schemas import OMITTED, Slug, StrictSchema, problem_responses
from core.exceptions import Forbidden
from venues import services
from venues.api.public import VenueDetail, router
from venues.models import Venue
from venues.policies import filter_changeable

TOKEN = TokenAuth(Scope.LIBRARY)
RESPONSES = problem_responses(400, 401, 403, 404, 409, 429)


class VenueChange(StrictSchema):
    """Fields left out stay unchanged."""

    name: str = Field(OMITTED, min_length=1, max_length=120)
    address: str = Field(OMITTED, max_length=240)
    description: str = Field(OMITTED, max_length=2000)
    how_to_sign_up: str = Field(OMITTED, max_length=1000)
    backline: str = Field(OMITTED, max_length=1000)
    house_rules: str = Field(OMITTED, max_length=1000)
    colour: str = Field(OMITTED, max_length=7, description="For example #b4330f; empty for the site's own.")
    time_zone: str = Field(OMITTED, max_length=64, description="An IANA time zone, for example Europe/Berlin.")


class NewVenue(VenueChange):
    name: str = Field(min_length=1, max_length=120)
    slug: Slug = Field(description="Its part of the address; it can't be changed later.")


@router.post("", auth=TOKEN, response={201: VenueDetail, **RESPONSES}, operation_id="add_venue", summary="Add a venue")
def add_venue(request: TokenRequest, new: NewVenue) -> Status[Venue]:
    require_permission(request.auth, "venues.add_venue")
    return Status(201, services.add_venue(user=request.auth.user, **new.changed_fields))


@router.patch(
    "/{slug}",
    auth=TOKEN,
    response={200: VenueDetail, **RESPONSES},
    operation_id="change_venue",
    summary="Change a venue",
)
def change_venue(request: TokenRequest, slug: Path[Slug], changes: VenueChange) -> Venue:
    require_permission(request.auth, "venues.change_venue")
    venue = get_object_or_404(Venue, slug=slug)
    if not filter_changeable(Venue.objects.filter(pk=venue.pk), request.auth.user).exists():
        raise Forbidden(_("You're not a manager of this venue."))
    services.change_venue(venue=venue, **changes.changed_fields)
    return venue
