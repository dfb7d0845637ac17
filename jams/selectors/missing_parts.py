"""A song is a band: which of the parts that it needs are still missing."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from songs.parts import Part


def missing_parts(needed: Iterable[dict[str, Any]], taken: Iterable[str]) -> tuple[str, ...]:
    """Return the values of `Part` that `needed` asks for and `taken` does not hold, once for each person missing.

    `needed` is shaped as `songs.parts.validate_parts` demands; optional parts are never missing.
    """
    held = Counter(taken)
    missing: list[str] = []
    for item in needed:
        if not item.get("optional", False):
            missing += [item["part"]] * (item.get("count", 1) - held[item["part"]])
    return tuple(part for part in Part.values for _ in range(missing.count(part)))
