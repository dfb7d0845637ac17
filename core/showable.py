"""Lists that leave out a row which cannot be shown, instead of failing for everybody because of it.

Forms, the API and imports refuse such values, and constraints most of them. But a row can be written past the
application, by hand or by a restore, and tables of time zones change. One night in the year 9999 once took the home
page, all lists, the search and every calendar down.
"""

import logging
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.urls import NoReverseMatch

logger = logging.getLogger(__name__)
#: What comes of values that do not fit: times out of range, unknown time zones, slugs that no address holds, odd rules.
UNFIT = (ArithmeticError, LookupError, NoReverseMatch, OSError, TypeError, ValidationError, ValueError)


def keep_showable[Row: Model](rows: Iterable[Row]) -> list[Row]:
    """Return `rows` without those whose `try_to_show` fails; those are logged as errors, with their ids."""
    return [row for row in rows if _is_showable(row)]


def _is_showable(row: Model) -> bool:
    try:
        getattr(row, "try_to_show", bool)()
    except UNFIT:
        logger.exception("%s %s can't be shown and is left out of a list", row._meta.label, row.pk)
        return False
    return True
