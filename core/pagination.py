"""Long lists in pages, without counting their rows."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from core.exceptions import Invalid, NotFound

PAGE_SIZE = 24
MAX_PAGE_DIGITS = 4  # digits; a page number beyond that asks the database to skip for nothing


@dataclass(frozen=True)
class Page[Row: Model]:
    """One page of a list; `previous` and `next` are the page numbers beside it, or None."""

    rows: Sequence[Row]
    number: int
    previous: int | None
    next: int | None


def paginate[Row: Model](rows: QuerySet[Row], number: str, *, size: int = PAGE_SIZE) -> Page[Row]:
    """Return the page of `rows` that `number` names as typed into the address; the empty string is the first.

    One row more than `size` is read, which tells whether another page follows. Raises ActionError: 400 when
    `number` is not a page number, 404 past the last page.
    """
    at = _parse_page_number(number)
    found = list(_slice_rows(rows, (at - 1) * size, size + 1))
    if at > 1 and not found:
        raise NotFound(_("There is no page %(number)s.") % {"number": at})
    return Page(found[:size], at, at - 1 or None, at + 1 if len(found) > size else None)


def _slice_rows[Row: Model](rows: QuerySet[Row], start: int, length: int) -> QuerySet[Row]:
    """Return so many of `rows` from `start`. What is skipped is skipped in the index, without the rest of each row."""
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
