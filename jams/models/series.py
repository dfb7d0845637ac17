"""A series: a recurring night, with a code that never changes and what each of its nights begins with."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import partial
from typing import Any, Self, TypedDict

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.calendar import EARLIEST, LATEST
from core.exceptions import NotFound
from core.fields import SortKeyField, TidyCharField, TidyTextField
from core.local_times import find_next_time, read_local_time
from core.querysets import StrictManager, StrictQuerySet
from core.recurrence import MAX_LENGTH, Recurrence, validate_recurrence
from core.short_codes import generate_code
from core.unique_values import save_if_free
from jams.models.rights import filter_run_by, filter_shown_to
from songs.models import Song
from venues.models import Venue


class Standby(TypedDict):
    """Somebody in the house band of a series; `plays` are slugs of instruments, the main one first."""

    name: str
    plays: list[str]


class SeriesQuerySet(StrictQuerySet["Series"]):
    def run_by(self, user: Any) -> Self:
        """Series that `user` may change now, by the same rule as for jams."""
        return filter_run_by(self, user)

    def shown_to(self, user: Any) -> Self:
        """Series that the admin shows to `user`, by the same rule as for jams."""
        return filter_shown_to(self, user)

    def going_on(self, now: datetime) -> Self:
        """Series that have not ended, on the latest clock on Earth."""
        return self.filter(Q(last_on=None) | Q(last_on__gte=(now - timedelta(hours=12)).date()))

    def get_by_code(self, code: str) -> "Series":
        """Return the series with this code, in upper or lower case, and its venue; raises NotFound."""
        try:
            return self.select_related("venue").get(code=code.lower())
        except Series.DoesNotExist:
            raise NotFound(gettext("There's no series of jams at this address.")) from None


class Series(models.Model):
    """A recurring night. Its nights are jams, made some months ahead (`jams.services.series`).

    Times are those on the clock at the venue, so that a clock change moves no night; an end that is not after the start
    is on the next day, and the hard stop is the first such time after the start. `switches` holds the settings that
    each night begins with, by the names of the fields of `Jam`. Days up to `made_until` have been made: what a host
    deletes there is not made again.
    """

    name = TidyCharField(_("name"), max_length=120)
    name_order = SortKeyField(of=("name",))
    code = models.CharField(_("short code"), max_length=8, unique=True, default=generate_code, editable=False)
    venue = models.ForeignKey(Venue, models.PROTECT, related_name="series", verbose_name=_("venue"))
    hosts = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="series", verbose_name=_("hosts"))
    rule = models.CharField(
        _("repeats"), max_length=MAX_LENGTH, validators=[validate_recurrence],
        help_text=_("An RFC 5545 rule, such as FREQ=WEEKLY;INTERVAL=2;BYDAY=TH or FREQ=MONTHLY;BYDAY=-1FR."),
    )  # fmt: skip
    first_on = models.DateField(_("first night"))
    last_on = models.DateField(_("last night"), null=True, blank=True, help_text=_("Leave empty if there is none."))
    starts_at = models.TimeField(_("starts"))
    ends_at = models.TimeField(_("ends"))
    description = TidyTextField(_("description"), max_length=2000, blank=True)
    background = models.ImageField(_("background picture"), upload_to="jams/", blank=True)
    songs = models.ManyToManyField(Song, blank=True, related_name="series", verbose_name=_("songs of each night"))
    hard_stop = models.TimeField(
        _("hard stop"), null=True, blank=True,
        help_text=_("When the music has to stop. After that, no song or band can be started."),
    )  # fmt: skip
    switches = models.JSONField(_("settings"), default=dict, blank=True, editable=False)
    house_band = models.JSONField(_("house band"), default=list, blank=True)  # of `Standby`
    made_until = models.DateField(null=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = StrictManager.from_queryset(SeriesQuerySet)()

    class Meta:
        verbose_name = _("series")
        verbose_name_plural = _("series")
        ordering = ["name_order", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(first_on__gte=EARLIEST.date(), first_on__lt=LATEST.date()),
                name="series_in_calendar",
                violation_error_message=_("Choose a year between 1970 and 2199."),
            ),
            models.CheckConstraint(
                condition=Q(last_on=None) | Q(last_on__gte=F("first_on"), last_on__lt=LATEST.date()),
                name="series_ends_after_start",
                violation_error_message=_("The last night can't be before the first."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.name)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the series; a new one draws another code if its own is taken."""
        if not self._state.adding:
            super().save(*args, **kwargs)
            return
        while not save_if_free(self, "code", partial(super().save, *args, **kwargs)):
            self.code = generate_code()

    def get_absolute_url(self) -> str:
        return reverse("jams:series", args=[self.code])

    def try_to_show(self) -> None:
        """Raise what a list with this series would fail with."""
        _shown = self.get_absolute_url(), self.describe_rule()

    @property
    def recurrence(self) -> Recurrence:
        return Recurrence.parse(self.rule)

    def describe_rule(self) -> str:
        """Return when the nights are, in words: "every other Thursday"."""
        return self.recurrence.describe()

    def list_days(self, *, since: date, until: date) -> list[date]:
        """Return the days of its nights from `since` to `until`, both included."""
        last = until if self.last_on is None else min(until, self.last_on)
        return self.recurrence.list_days(self.first_on, since=since, until=last)

    def get_times(self, day: date) -> tuple[datetime, datetime]:
        """Return start and end of a night on `day`, as the clock at the venue shows them."""
        zone = self.venue.zone
        begin, finish = datetime.combine(day, self.starts_at), datetime.combine(day, self.ends_at)
        if finish <= begin:
            finish += timedelta(days=1)
        start = read_local_time(begin, zone).astimezone(UTC)
        end = read_local_time(finish, zone, after=start).astimezone(UTC)
        return start, end if end > start else start + (finish - begin)  # the clock skipped the start, not the end

    def get_hard_stop(self, start: datetime, zone: tzinfo) -> datetime | None:
        """Return when the music has to stop at a night that begins at `start` in `zone`; None for no hard stop."""
        return find_next_time(self.hard_stop, zone, after=start) if self.hard_stop else None

    def iterate_plan(self, *, since: date, until: date) -> Iterator[tuple[date, datetime, datetime]]:
        """Yield day, start and end of its nights from `since` to `until`."""
        for day in self.list_days(since=since, until=until):
            yield (day, *self.get_times(day))
