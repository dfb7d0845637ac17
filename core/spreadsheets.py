"""Protection from CSV injection: text that people typed must not run as a formula in a spreadsheet."""

import re
from typing import Any

BOM = "\ufeff"  # byte order mark: tells spreadsheets that a file is UTF-8
_SIGN = r"[\s\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]"
FORMULA = re.compile(rf"^'*(?:{_SIGN}|[\t\r])")
# A spreadsheet that separates cells by semicolons, as German ones do, begins a cell behind each.
_AFTER_SEMICOLON = re.compile(rf";('*)(?={_SIGN})")
_ESCAPED_AFTER_SEMICOLON = re.compile(rf";'('*)(?={_SIGN})")


def escape_formula(value: Any) -> Any:
    """Return `value` for a cell, with an apostrophe in front of what a spreadsheet would take for a formula.

    `unescape_formula` removes the apostrophes again.
    """
    if not isinstance(value, str):
        return value
    value = _AFTER_SEMICOLON.sub(r";'\1", value)
    return f"'{value}" if FORMULA.search(value) else value


def unescape_formula(cell: str) -> str:
    """Return the text that `escape_formula` turned into `cell`; other cells are returned unchanged."""
    cell = cell[1:] if cell.startswith("'") and FORMULA.search(cell) else cell
    return _ESCAPED_AFTER_SEMICOLON.sub(r";\1", cell)
