"""The places on the stage of a jam, which a band has to fill."""

from jams.models import Jam
from jams.selectors.band_proposal import Place


def list_places(jam: Jam) -> tuple[Place, ...]:
    """Return the places on the stage of `jam`."""
    return tuple(Place(item["part"], item.get("count", 1), bool(item.get("optional"))) for item in jam.parts_of_stage)
