"""The instruments that songs need and people play."""

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from core.api.schemas import cached_response, problem_responses
from songs.api.schemas import InstrumentList
from songs.instruments import get_catalogue

router = Router(tags=["songs"])


@router.get(
    "",
    response={200: InstrumentList, **problem_responses()},
    operation_id="list_instruments",
    summary="List instruments",
)
def instrument_list(request: HttpRequest) -> HttpResponse:
    """Those that are offered, in the order of the forms."""
    return cached_response(request, key="instruments", depends_on=("instruments",), build=_list)


def _list() -> Schema:
    return InstrumentList.model_validate({"items": get_catalogue().active})
