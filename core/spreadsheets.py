"""Protection from CSV injection: text that people typed must not run as a formula in a spreadsheet."""

import re
from typing import Any

BOM = "\ufeff"  # byte order mark: tells spreadsheets that a file is UTF-8
FORMULA = re.compile(r"^'*(?:[\s\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r])")


def escape_formula(value: Any) -> Any:
    """Return `value` for a cell, with an apostrophe in front if a spreadsheet would take it for a formula.

    `unescape_formula` removes the apostrophe again.
    """
    return f"'{value}" if isinstance(value, str) and FORMULA.search(value) else value


def unescape_formula(cell: str) -> str:
    """Return the text that `escape_formula` turned into `cell`; other cells are returned unchanged."""
    return cell[1:] if cell.startswith("'") and FORMULA.search(cell) else cell
