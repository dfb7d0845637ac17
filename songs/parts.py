"""The parts of a song: who has to play what, checked, and in words ("vocals, 2 guitars, tenor sax, keys?")."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from songs.instruments import OTHER, get_catalogue, serves

MAX_PART_COUNT = 9
MAX_WORDS = 4  # of an instrument's name
_COUNT = re.compile(r"(?<!\w)([1-9])(?:\s*[x\N{MULTIPLICATION SIGN}](?=\s))?\s*(?=[^\W\d])")
_DIGITS = frozenset("123456789")
_SEPARATORS = re.compile(r"[,;\n]")


class Part(models.TextChoices):
    """The instruments that stand for all others where only these are known, as in version 1 of the API."""

    VOCALS = "vocals", gettext_lazy("vocals")
    GUITAR = "guitar", gettext_lazy("guitar")
    BASS = "bass", gettext_lazy("bass")
    DRUMS = "drums", gettext_lazy("drums")
    KEYS = "keys", gettext_lazy("keys")
    OTHER = "other", gettext_lazy("other")


def describe_part(part: str, count: int = 1) -> str:
    """Return how many of an instrument somebody looks for, in the reader's language: "bass", "2 guitars"."""
    return get_catalogue().get(part).describe(count)


def describe_parts(parts: Iterable[str]) -> tuple[str, ...]:
    """Return parts in words, in their order, with equal ones counted together: ("vocals", "2 guitars")."""
    return tuple(describe_part(part, count) for part, count in Counter(parts).items())


def find_missing_parts(needed: Iterable[dict[str, Any]], taken: Iterable[str]) -> tuple[str, ...]:
    """Return the instruments in `needed` that `taken` does not cover, once per missing person, in their usual order.

    `needed` has the format that `validate_parts` accepts; optional parts are never missing. An exact match
    takes a part first; each remaining player takes a part that their instrument can serve.
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


def validate_parts(parts: Any) -> None:
    """Raise ValidationError unless `parts` is a list like [{"part": "bass", "count": 1, "optional": false}].

    A part is the slug of an instrument. Each may be listed once, with a count from 1 to MAX_PART_COUNT.
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
        and item.get("part") in get_catalogue()
        and type(item.get("count", 1)) is int
        and 1 <= item.get("count", 1) <= MAX_PART_COUNT
        and type(item.get("optional", False)) is bool
    )


def validate_part(part: Any) -> None:
    """Raise ValidationError unless `part` is the slug of an instrument."""
    if part not in get_catalogue():
        raise ValidationError(_("Choose an instrument from the list."))


def validate_plays(plays: Any) -> None:
    """Raise ValidationError unless `plays` is a list of slugs of instruments, each listed once."""
    known = isinstance(plays, list) and all(slug in get_catalogue() for slug in plays)
    if not known or len(set(plays)) != len(plays):
        raise ValidationError(_("Instruments must be a list of parts, with each part listed once."))


def format_parts(parts: list[dict[str, Any]]) -> str:
    """Return `parts` in words that `parse_parts` understands on every site: "vocals, 2 guitars, keys?"."""
    with override(None):
        return ", ".join(map(_format_part, parts))


def _format_part(part: dict[str, Any]) -> str:
    words = describe_part(part["part"], part.get("count", 1))
    return f"{words}{'?' if part.get('optional') else ''}"


def parse_parts(words: str) -> list[dict[str, Any]]:
    """Return the parts that `words` list: a number before a part is its count, a "?" after it makes it optional.

    An instrument may go by any of its names and aliases, in the singular or the plural, whatever its count. Commas
    between parts may be left out. Raises ValidationError for anything else, and for a part that is listed twice.
    """
    parts: dict[str, dict[str, Any]] = {}
    pieces = _SEPARATORS.split(words.strip().removesuffix(","))
    for item in (item for piece in pieces for item in _parse_piece(piece)):
        if item["part"] in parts:
            raise ValidationError(_("%(name)s is listed twice."), params={"name": describe_part(item["part"])})
        parts[item["part"]] = item
    return list(parts.values())


def _parse_piece(piece: str) -> Iterator[dict[str, Any]]:
    """Yield the parts that stand between two commas; of the names that fit, the longest counts."""
    left = _COUNT.sub(r"\1 ", piece.lower()).split()
    while left:
        count = int(left.pop(0)) if len(left) > 1 and left[0] in _DIGITS else 1
        size, part = _find_longest(left)
        yield {"part": part, "count": count, "optional": left[size - 1].endswith("?")}
        del left[:size]


def _find_longest(words: list[str]) -> tuple[int, str]:
    """Return how many of `words` name an instrument, and which. Raises ValidationError."""
    for size in range(min(MAX_WORDS, len(words)), 0, -1):
        name = " ".join(words[:size]).removesuffix("?")
        if part := get_catalogue().find(name):
            return size, part
    sentence = _("We don't know the instrument “%(words)s”. Write parts like this: “vocals, 2 guitars, keys?”.")
    raise ValidationError(sentence, params={"words": " ".join(words)[:40]})
