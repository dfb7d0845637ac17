"""Which times Jamsite takes: outside of them some library or database fails, and a list that holds such a row with it.

A start in the year 1 or an end in 9999 cannot be shown in a zone of another offset, and PostgreSQL stores what Python
cannot read back. One such jam once took the home page, all lists, the calendar and the search down for everybody.
"""

from datetime import UTC, datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


def is_in_calendar(moment: datetime) -> bool:
    """Whether `moment`, which has a time zone, can be stored and shown everywhere."""
    return EARLIEST <= moment < LATEST


def validate_moment(moment: datetime) -> None:
    """Raise ValidationError for a time before 1970 or after 2199."""
    if not is_in_calendar(moment):
        raise ValidationError(_("Choose a year between 1970 and 2199."), code="outside_calendar")
