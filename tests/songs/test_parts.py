"""Parts as people type them."""

from contextlib import suppress

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from songs.parts import Part, describe_part, describe_parts, format_parts, parse_parts, validate_parts

PARTS = st.lists(
    st.fixed_dictionaries(
        {"part": st.sampled_from(Part.values), "count": st.integers(1, 9), "optional": st.booleans()}
    ),
    unique_by=lambda item: item["part"],
)


@given(PARTS)
def test_what_is_spelled_reads_the_same(parts: list) -> None:
    assert parse_parts(format_parts(parts)) == parts


@given(st.text(alphabet="vocalskeybdrumgit ,?123"))
def test_what_is_read_is_always_valid(words: str) -> None:
    parts = []
    with suppress(ValidationError):
        parts = parse_parts(words)
    assert validate_parts(parts) is None


@pytest.mark.parametrize("words", ["vocals 2 guitar", " Vocals,2guitar, ", "vocals,\n2 guitar"])
def test_commas_and_capitals_do_not_matter(words: str) -> None:
    assert format_parts(parse_parts(words)) == "vocals, 2 guitar"


@pytest.mark.parametrize("words", ["kazoo", "0 guitar", "10 guitar", "guitar guitar", "keys??", "2", ",", "{}"])
def test_anything_else_is_refused(words: str) -> None:
    with pytest.raises(ValidationError):
        parse_parts(words)


def test_parts_without_a_count_are_one() -> None:
    assert format_parts([{"part": "bass"}]) == "bass"


def test_equal_parts_are_counted_in_their_order() -> None:
    assert describe_parts(["vocals", "guitar", "guitar", "bass"]) == ("vocals", "2 guitars", "bass")


@pytest.mark.parametrize(("language", "words"), [("en", ["keys", "2 keyboards"]), ("de", ["Keys", "2 Keyboards"])])
def test_a_part_is_described_in_the_readers_language(language: str, words: list[str]) -> None:
    with translation.override(language):
        assert [describe_part("keys"), describe_part("keys", 2)] == words


def test_every_part_can_be_counted() -> None:
    assert [describe_part(part, 2)[:2] for part in Part.values] == ["2 "] * len(Part.values)
