"""The parts of a song that are still needed."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from songs.parts import Part


def find_missing_parts(needed: Iterable[dict[str, Any]], taken: Iterable[str]) -> tuple[str, ...]:
    """Return the parts in `needed` that `taken` does not cover, as values of `Part`, once per missing person.

    `needed` has the format that `songs.parts.validate_parts` accepts; optional parts are never missing.
    """
    held = Counter(taken)
    missing: list[str] = []
    for item in needed:
        if not item.get("optional", False):
            missing += [item["part"]] * (item.get("count", 1) - held[item["part"]])
    return tuple(part for part in Part.values for _ in range(missing.count(part)))
