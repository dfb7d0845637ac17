import pytest

from jams.selectors.missing_parts import find_missing_parts

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


def test_find_missing_parts_is_empty_without_needed_parts() -> None:
    assert find_missing_parts([], []) == ()
