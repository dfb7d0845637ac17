from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songs.instruments import serves
from songs.parts import find_missing_parts

BAND = [{"part": "vocals", "count": 2}, {"part": "drums", "count": 1}, {"part": "keys", "optional": True}]


@pytest.mark.parametrize(
    ("taken", "missing"),
    [
        ([], ("vocals", "vocals", "drums")),
        (["vocals"], ("vocals", "drums")),
        (["drums", "vocals", "vocals", "vocals"], ()),
        (["keys", "guitar"], ("vocals", "vocals", "drums")),
    ],
)
def test_find_missing_parts_returns_needed_parts_not_taken(taken: list[str], missing: tuple[str, ...]) -> None:
    assert find_missing_parts(BAND, taken) == missing


def needs(*parts: str) -> list[dict[str, Any]]:
    return [{"part": part} for part in parts]


@pytest.mark.parametrize(
    ("needed", "taken", "missing"),
    [
        (("guitar",), ["electric-guitar"], ()),
        (("electric-guitar",), ["guitar"], ()),
        (("electric-guitar",), ["acoustic-guitar"], ("electric-guitar",)),
        (("guitar", "electric-guitar"), ["guitar", "acoustic-guitar"], ()),
        (("guitar", "electric-guitar"), ["guitar"], ("guitar",)),
        (("other", "sax"), ["tenor-sax"], ("other",)),
        (("other", "sax"), ["tenor-sax", "violin"], ()),
        (("vocals",), ["backing-vocals"], ("vocals",)),
        (("glass-harp", "drums"), [], ("drums", "glass-harp")),
    ],
)
def test_find_missing_parts_lets_one_instrument_serve_for_another(
    needed: tuple[str, ...], taken: list[str], missing: tuple[str, ...]
) -> None:
    assert find_missing_parts(needs(*needed), taken) == missing


SLUGS = st.lists(st.sampled_from(["guitar", "electric-guitar", "acoustic-guitar", "sax", "tenor-sax", "other"]))


@given(SLUGS.map(set), SLUGS)
def test_find_missing_parts_misses_as_few_as_possible(needed: set[str], taken: list[str]) -> None:
    """Compare with trying every way to hand out the parts."""

    def fill(parts: list[str], players: list[str]) -> int:
        if not parts:
            return 0
        rest = [fill(parts[1:], players)]
        for place, player in enumerate(players):
            if serves(player, parts[0]):
                rest.append(1 + fill(parts[1:], players[:place] + players[place + 1 :]))
        return max(rest)

    taken = taken[:5]
    assert len(find_missing_parts(needs(*needed), taken)) == len(needed) - fill(sorted(needed), taken)


def test_find_missing_parts_is_empty_without_needed_parts() -> None:
    assert find_missing_parts([], []) == ()
