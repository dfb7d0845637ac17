"""The parts of a song that are still needed."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from songs.instruments import OTHER, get_catalogue, serves


def find_missing_parts(needed: Iterable[dict[str, Any]], taken: Iterable[str]) -> tuple[str, ...]:
    """Return the instruments in `needed` that `taken` does not cover, once per missing person, in their usual order.

    `needed` has the format that `songs.parts.validate_parts` accepts; optional parts are never missing. Who plays what
    a part asks for takes it; of those who are left, each takes a part that their instrument serves.
    """
    missing = Counter({item["part"]: item.get("count", 1) for item in needed if not item.get("optional", False)})
    left = Counter(taken)
    catalogue = get_catalogue()
    # An exact part first, one for a whole family after that, and "other", which nearly everybody serves, last: in this
    # order nobody takes a part that somebody else needs more.
    for part in sorted(missing, key=lambda part: (part == OTHER, catalogue.get(part).is_general)):
        players = sorted((played for played in left if serves(played, part)), key=lambda played: played != part)
        for played in players:
            found = min(missing[part], left[played])
            missing[part] -= found
            left[played] -= found
    return tuple(sorted(missing.elements(), key=lambda part: catalogue.order.get(part, len(catalogue.order))))
