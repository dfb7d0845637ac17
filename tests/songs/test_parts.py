"""The parts of a song: which are valid, and how people type them."""

from contextlib import suppress
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from songs.parts import describe_part, describe_parts, format_parts, parse_parts, validate_parts
from songs.shipped_instruments import SHIPPED

PARTS = st.lists(
    st.fixed_dictionaries(
        {
            "part": st.sampled_from([shipped.slug for shipped in SHIPPED]),
            "count": st.integers(1, 9),
            "optional": st.booleans(),
        }
    ),
    unique_by=lambda item: item["part"],
)


@given(PARTS)
def test_parse_parts_understands_what_format_parts_writes(parts: list) -> None:
    assert parse_parts(format_parts(parts)) == parts


@given(st.text(alphabet="vocalskeybdrumgitxen -,?123"))
def test_parse_parts_returns_only_valid_parts(words: str) -> None:
    parts = []
    with suppress(ValidationError):
        parts = parse_parts(words)
    assert validate_parts(parts) is None  # type: ignore[func-returns-value]  # it raises or returns nothing


@pytest.mark.parametrize("words", ["vocals 2 guitars", " Vocals,2guitar, ", "vocals,\n2 guitar", "1 vocal, 2 Guitars"])
def test_parse_parts_ignores_commas_case_and_number(words: str) -> None:
    assert format_parts(parse_parts(words)) == "vocals, 2 guitars"


@pytest.mark.parametrize("part", [shipped.slug for shipped in SHIPPED])
def test_parse_parts_takes_each_part_in_both_numbers(part: str) -> None:
    several = [{"part": part, "count": 2, "optional": False}]
    assert parse_parts(format_parts(several)) == parse_parts(f"2 {part}") == several


@pytest.mark.parametrize(
    "words", ["kazoo", "0 guitar", "10 guitar", "guitar guitar", "keys??", "2", "{}", "tenor", "drums basoon"]
)
def test_parse_parts_refuses_anything_else(words: str) -> None:
    with pytest.raises(ValidationError):
        parse_parts(words)


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ("tenor sax", {"tenor-sax": 1}),
        ("2 Tenor Saxes vocals", {"tenor-sax": 2, "vocals": 1}),
        ("Gesang, E-Gitarre, 2 Akustikgitarren", {"vocals": 1, "electric-guitar": 1, "acoustic-guitar": 2}),
        ("Kontrabass; Flöten; floete d'amour", None),
        ("kontrabässe\nFLUTES", {"upright-bass": 1, "flute": 1}),
        ("CAJON, cajón", None),
        ("2 x fiddle, 3x harp", {"violin": 2, "harmonica": 3}),
        ("electric bass bass drums", {"bass-guitar": 1, "bass": 1, "drums": 1}),
    ],
)
def test_parse_parts_takes_names_plurals_and_aliases(words: str, parts: dict | None) -> None:
    if parts is None:
        with pytest.raises(ValidationError):
            parse_parts(words)
    else:
        assert {item["part"]: item["count"] for item in parse_parts(words)} == parts


def test_format_parts_is_in_english_for_every_reader() -> None:
    with translation.override("de"):
        assert format_parts([{"part": "upright-bass", "count": 2}]) == "2 upright basses"


def test_format_parts_takes_a_missing_count_for_one() -> None:
    assert format_parts([{"part": "bass"}]) == "bass"


def test_describe_parts_counts_equal_parts_in_their_order() -> None:
    assert describe_parts(["vocals", "guitar", "guitar", "bass"]) == ("vocals", "2 guitars", "bass")


@pytest.mark.parametrize(("language", "words"), [("en", ["keys", "2 keyboards"]), ("de", ["Keys", "2 Keyboards"])])
def test_describe_part_in_the_readers_language(language: str, words: list[str]) -> None:
    with translation.override(language):
        assert [describe_part("keys"), describe_part("keys", 2)] == words


def test_describe_part_counts_every_part() -> None:
    assert [describe_part(shipped.slug, 2)[:2] for shipped in SHIPPED] == ["2 "] * len(SHIPPED)


def test_describe_part_calls_an_unknown_one_by_its_slug() -> None:
    assert describe_part("glass-harp") == "glass harp"


@pytest.mark.parametrize(
    "parts",
    [[], [{"part": "bass"}], [{"part": "guitar", "count": 2, "optional": True}, {"part": "other", "count": 9}]],
)
def test_validate_parts_accepts(parts: Any) -> None:
    assert validate_parts(parts) is None  # type: ignore[func-returns-value]  # it raises or returns nothing


@pytest.mark.parametrize(
    "parts",
    [
        None,
        {},
        "bass",
        ["bass"],
        [{"part": "kazoo"}],
        [{"count": 1}],
        [{"part": "bass", "count": 0}],
        [{"part": "bass", "count": 10}],
        [{"part": "bass", "count": True}],
        [{"part": "bass", "count": 1.5}],
        [{"part": "bass", "optional": 1}],
        [{"part": "bass", "loud": True}],
        [{"part": "bass"}, {"part": "bass"}],
        [{"part": ["bass"]}],
    ],
)
def test_validate_parts_refuses(parts: Any) -> None:
    with pytest.raises(ValidationError):
        validate_parts(parts)
