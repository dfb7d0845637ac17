"""Tables for spreadsheets: cells that people typed and that are no formulas there."""

import re
from typing import Any

BOM = "\ufeff"  # by which spreadsheets know UTF-8
FORMULA = re.compile(r"^'*(?:[\s\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r])")


def escape_formula(value: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula, whatever a person called themselves.

    An apostrophe says that what follows is text. `plain` takes it away again.
    """
    return f"'{value}" if isinstance(value, str) and FORMULA.search(value) else value


def unescape_formula(cell: str) -> str:
    """Return the text that `inert` made `cell` of; a cell that it would not have made stays as it is."""
    return cell[1:] if cell.startswith("'") and FORMULA.search(cell) else cell
