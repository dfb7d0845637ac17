"""The parts of a song in a line of words, as people type them: "vocals, 2 guitar, bass, drums, keys?"."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from songs.models import Part

_ITEM = re.compile(r"(?:(?P<count>[1-9])\s*)?(?P<part>[a-z]+)(?P<optional>\?)?(?:[\s,]+|$)")


def format_parts(parts: list[dict[str, Any]]) -> str:
    """Return `parts` in words that `read` understands."""
    return ", ".join(_spell(part.get("count", 1), part["part"], part.get("optional", False)) for part in parts)


def parse_parts(words: str) -> list[dict[str, Any]]:
    """Return the parts that `words` name; a number before a part is how many, a "?" after it makes it optional.

    Raises ValidationError for anything else, and for a part that is named twice.
    """
    left, parts = words.strip().lower(), {}
    while left:
        item = _ITEM.match(left)
        if item is None or item["part"] not in Part.values or item["part"] in parts:
            known = ", ".join(Part.values)
            raise ValidationError(
                _("Write parts like this: “vocals, 2 guitar, keys?”. The parts are %(known)s.") % {"known": known}
            )
        parts[item["part"]] = {
            "part": item["part"],
            "count": int(item["count"] or 1),
            "optional": bool(item["optional"]),
        }
        left = left[item.end() :]
    return list(parts.values())


def _spell(count: int, part: str, optional: bool) -> str:
    number = f"{count} " if count > 1 else ""
    return f"{number}{part}{'?' if optional else ''}"
