"""The places on the stage of a jam, which a band has to fill."""

from jams.models import Jam
from jams.selectors.band_proposal import Place

USUAL_STAGE = (  # of a jam that has neither a stage plan nor a usual line-up
    Place("vocals"),
    Place("guitar"),
    Place("bass"),
    Place("drums"),
    Place("keys", is_optional=True),
    Place("guitar", is_optional=True),
)


def list_places(jam: Jam) -> tuple[Place, ...]:
    """Return the places on the stage of `jam`: its stage plan, or else its usual line-up, or else a usual band."""
    plan = jam.stage_plan or jam.default_parts
    places = (Place(item["part"], item.get("count", 1), bool(item.get("optional"))) for item in plan)
    return tuple(places) if plan else USUAL_STAGE
