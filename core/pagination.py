"""Pagination of long lists without counting their rows."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from core.exceptions import Invalid, NotFound
from core.showable import keep_showable

PAGE_SIZE = 24
MAX_PAGE_DIGITS = 4  # no list is longer, so do not make the database skip that many rows


@dataclass(frozen=True)
class Page[Row]:
    """One page of a list; `previous` and `next` are the page numbers beside it, or None."""

    rows: Sequence[Row]
    number: int
    previous: int | None
    next: int | None


def paginate[Row: Model](rows: QuerySet[Row], number: str, *, size: int = PAGE_SIZE) -> Page[Row]:
    """Return the page of `rows` with this `number`, which comes from the URL; "" is the first page.

    Rows that cannot be shown are left out. One more than `size` is read, to know whether another page follows. Raises
    Invalid if `number` is not a page number, and NotFound after the last page.
    """
    at = _parse_page_number(number)
    found = list(_slice_rows(rows, (at - 1) * size, size + 1))
    if at > 1 and not found:
        raise NotFound(_("There is no page %(number)s.") % {"number": at})
    return Page(keep_showable(found[:size]), at, at - 1 or None, at + 1 if len(found) > size else None)


def paginate_list[Row](rows: Sequence[Row], at: int, *, size: int) -> Page[Row]:
    """Return page `at` of `rows`, which have been read already; raises NotFound after the last page."""
    found = rows[(at - 1) * size : at * size]
    if at > 1 and not found:
        raise NotFound(_("There is no page %(number)s.") % {"number": at})
    return Page(found, at, at - 1 or None, at + 1 if len(rows) > at * size else None)


def _slice_rows[Row: Model](rows: QuerySet[Row], start: int, length: int) -> QuerySet[Row]:
    """Return `length` of `rows` from `start`. The database skips rows in the index, without reading them."""
    wanted = rows[start : start + length]
    return rows.filter(pk__in=wanted.values("pk")) if start else wanted


def _parse_page_number(number: str) -> int:
    if not number:
        return 1
    if not (number.isascii() and number.isdecimal() and int(number[:MAX_PAGE_DIGITS])):
        raise Invalid(_("Page numbers start at 1."))
    if len(number) > MAX_PAGE_DIGITS:
        raise NotFound(_("There aren't that many pages."))
    return int(number)
