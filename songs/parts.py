"""The parts of a song: who has to play what, checked, and in words ("vocals, 2 guitars, bass, drums, keys?")."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

MAX_PART_COUNT = 9
_ITEM = re.compile(r"(?:(?P<count>[1-9])\s*)?(?P<part>[a-z]+)(?P<optional>\?)?(?:[\s,]+|$)")


class Part(models.TextChoices):
    """What somebody plays in a song; whoever signs up for "other" names the instrument."""

    VOCALS = "vocals", gettext_lazy("vocals")
    GUITAR = "guitar", gettext_lazy("guitar")
    BASS = "bass", gettext_lazy("bass")
    DRUMS = "drums", gettext_lazy("drums")
    KEYS = "keys", gettext_lazy("keys")
    OTHER = "other", gettext_lazy("other")


_PLURALS = {"guitar": "guitars", "bass": "basses", "other": "others"}  # the other values are plurals already
_BY_WORD = {
    **{part: part for part in Part.values},
    **{plural: part for part, plural in _PLURALS.items()},
    "vocal": "vocals",
    "drum": "drums",
    "key": "keys",
}
_SEVERAL = {
    Part.VOCALS: ngettext_lazy("%(n)d vocalist", "%(n)d vocalists", "n"),
    Part.GUITAR: ngettext_lazy("%(n)d guitar", "%(n)d guitars", "n"),
    Part.BASS: ngettext_lazy("%(n)d bass", "%(n)d basses", "n"),
    Part.DRUMS: ngettext_lazy("%(n)d drum kit", "%(n)d drum kits", "n"),
    Part.KEYS: ngettext_lazy("%(n)d keyboard", "%(n)d keyboards", "n"),
    Part.OTHER: ngettext_lazy("%(n)d other", "%(n)d others", "n"),
}


def describe_part(part: str, count: int = 1) -> str:
    """Return how many of a part somebody looks for, in the reader's language: "bass", "2 guitars"."""
    return str(Part(part).label if count == 1 else _SEVERAL[Part(part)] % {"n": count})


def describe_parts(parts: Iterable[str]) -> tuple[str, ...]:
    """Return parts in words, in their order, with equal ones counted together: ("vocals", "2 guitars")."""
    return tuple(describe_part(part, count) for part, count in Counter(parts).items())


def validate_parts(parts: Any) -> None:
    """Raise ValidationError unless `parts` is a list like [{"part": "bass", "count": 1, "optional": false}].

    Each part may be listed once, with a count from 1 to MAX_PART_COUNT.
    """
    well_formed = isinstance(parts, list) and all(_is_part(item) for item in parts)
    if not well_formed or len({item["part"] for item in parts}) < len(parts):
        sentence = _(
            "Parts must be a list of objects with part, count (1 to %(most)d) and optional, with each part listed once."
        )
        raise ValidationError(sentence, params={"most": MAX_PART_COUNT})


def _is_part(item: Any) -> bool:
    return (
        isinstance(item, dict)
        and item.keys() <= {"part", "count", "optional"}
        and item.get("part") in Part.values
        and type(item.get("count", 1)) is int
        and 1 <= item.get("count", 1) <= MAX_PART_COUNT
        and type(item.get("optional", False)) is bool
    )


def validate_plays(parts: Any) -> None:
    """Raise ValidationError unless `parts` is a list of values of `Part`, each listed once."""
    known = isinstance(parts, list) and all(part in Part.values for part in parts)
    if not known or len(set(parts)) != len(parts):
        raise ValidationError(_("Instruments must be a list of parts, with each part listed once."))


def format_parts(parts: list[dict[str, Any]]) -> str:
    """Return `parts` in words that `parse_parts` understands: "vocals, 2 guitars, keys?"."""
    return ", ".join(map(_format_part, parts))


def _format_part(part: dict[str, Any]) -> str:
    count = part.get("count", 1)
    words = f"{count} {_PLURALS.get(part['part'], part['part'])}" if count > 1 else part["part"]
    return f"{words}{'?' if part.get('optional') else ''}"


def parse_parts(words: str) -> list[dict[str, Any]]:
    """Return the parts that `words` list: a number before a part is its count, a "?" after it makes it optional.

    A part may be in the singular or the plural, whatever its count. Raises ValidationError for anything else, and for
    a part that is listed twice.
    """
    left, parts = words.strip().lower(), {}
    while left:
        item = _ITEM.match(left)
        part = _BY_WORD.get(item["part"]) if item else None
        if item is None or part is None or part in parts:
            known = ", ".join(Part.values)
            raise ValidationError(
                _("Write parts like this: “vocals, 2 guitars, keys?”. The parts are %(known)s.") % {"known": known}
            )
        parts[part] = {
            "part": part,
            "count": int(item["count"] or 1),
            "optional": bool(item["optional"]),
        }
        left = left[item.end() :]
    return list(parts.values())
