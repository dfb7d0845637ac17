"""A text that people typed is no formula in any spreadsheet, whatever its separator, and comes back as it was."""

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.spreadsheets import FORMULA, escape_formula, unescape_formula

TEXTS = ["=1+1", ";=1+1", "a;=1+1", "a; +1", "a;'=1", "'=1", "''=1;;@x", "a;b", "it's; fine", ";", "\t=1", "a;\uff1d1"]


def cells(text: str, delimiter: str) -> list[str]:
    """Return what a spreadsheet with this separator makes of a line with `text` in its second cell."""
    written = StringIO()
    csv.writer(written).writerow(["first", escape_formula(text)])
    return next(csv.reader(StringIO(written.getvalue()), delimiter=delimiter))


@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("text", TEXTS)
def test_no_cell_is_a_formula(text: str, delimiter: str) -> None:
    live = [cell for cell in cells(text, delimiter) if FORMULA.search(cell) and not cell.startswith("'")]
    assert live == []


@given(st.text(alphabet="=+-@;' a\t\uff1d", max_size=12))
def test_a_text_comes_back_as_it_was(text: str) -> None:
    assert unescape_formula(escape_formula(text)) == text
