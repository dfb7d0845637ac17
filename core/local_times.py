"""Times as people type them: on the clock of a place, which clock changes make skip an hour or show one twice."""

from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

MINUTES = "%Y-%m-%dT%H:%M"  # what browsers send and expect for <input type="datetime-local">


def read_local_time(moment: datetime, zone: tzinfo, *, after: datetime | None = None) -> datetime:
    """Return `moment`, a time without a zone, as the time when the clock in `zone` shows it.

    A time that the clock shows twice is the first of the two, or the second if the first is not later than `after`. A
    time that it skips is as long after the change as it looks, so 02:30 is 03:30.
    """
    first = moment.replace(tzinfo=zone, fold=0)
    second = moment.replace(tzinfo=zone, fold=1)
    if after is not None and first.timestamp() <= after.timestamp() < second.timestamp():
        return second
    return first


def find_next_time(clock: time, zone: tzinfo, *, after: datetime) -> datetime:
    """Return the first moment later than `after` at which the clock in `zone` shows `clock`."""
    today = datetime.combine(after.astimezone(zone).date(), clock)
    found = read_local_time(today, zone, after=after).astimezone(UTC)
    return found if found > after else read_local_time(today + timedelta(days=1), zone).astimezone(UTC)


def format_clock(moment: datetime, zone: tzinfo) -> str:
    """Return what the clock in `zone` shows at `moment`: "22:30"."""
    return moment.astimezone(zone).strftime("%H:%M")


class LocalDateTimeField(forms.DateTimeField):
    """A time in the current time zone, to the minute; the browser shows its own picker.

    Unlike Django's field it takes the hours that a clock change doubles or skips, see `read_local_time`.
    """

    widget = forms.DateTimeInput(format=MINUTES, attrs={"type": "datetime-local"})

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values or isinstance(value, datetime):
            return value or None
        try:
            moment = parse_datetime(str(value).strip())
        except ValueError:
            moment = None
        if moment is None or timezone.is_aware(moment):  # no browser sends a zone, and some shift a time out of range
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return read_local_time(moment, timezone.get_current_timezone())

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether somebody typed another minute than the one that is shown for `initial`."""
        try:
            typed = self.to_python(data)
        except ValidationError:
            return True
        return self._show(initial) != self._show(typed)

    def _show(self, moment: datetime | None) -> str:
        return timezone.localtime(moment).strftime(MINUTES) if moment else ""
