"""Where jams happen."""

from datetime import datetime
from functools import cache
from typing import Any, Self
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.fields import FoldedField, TidyCharField, TidyTextField, WordsField
from core.querysets import StrictManager, StrictQuerySet
from core.slugs import SluggedModel

NOT_A_PLACE = ("localtime", "Factory")  # the machine's own zone, and none: files beside the zones on many systems


@cache
def list_time_zones() -> list[str]:
    """Return the names of all IANA time zones, sorted."""
    return sorted(available_timezones().difference(NOT_A_PLACE))


def validate_time_zone(name: str) -> None:
    """Raise ValidationError unless `name` is an IANA time zone such as "Europe/Berlin"."""
    if name not in list_time_zones():
        raise ValidationError(_("%(name)s isn't a time zone. Try one like Europe/Berlin."), params={"name": name})


class VenueQuerySet(StrictQuerySet["Venue"]):
    def current(self) -> Self:
        """Return the venues that are not archived."""
        return self.filter(archived=False)

    def with_jam_counts(self, now: datetime) -> Self:
        """Annotate each venue with the numbers of its jams that are on and upcoming, only for the rows that are read.

        The annotations are `on_count` and `upcoming_count`.
        """
        jams: Any = Venue.jams.rel.related_model._default_manager.filter(venue=OuterRef("pk")).order_by()
        upcoming = jams.filter(starts_at__gt=now).values("venue").annotate(n=Count("pk")).values("n")
        on = jams.on(now).order_by().values("venue").annotate(n=Count("pk")).values("n")
        return self.annotate(upcoming_count=Coalesce(Subquery(upcoming), 0), on_count=Coalesce(Subquery(on), 0))


class Venue(SluggedModel):
    name = TidyCharField(_("name"), max_length=120)
    name_key = FoldedField(of=("name",))
    words = WordsField(of=("name", "address"))
    slug = models.SlugField(_("web address"), max_length=80, unique=True, blank=True)
    address = TidyCharField(_("address"), max_length=240, blank=True)
    description = TidyTextField(_("description"), max_length=2000, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[validate_time_zone])
    archived = models.BooleanField(
        _("archived"), default=False, help_text=_("Hides it from lists and keeps its history.")
    )

    objects = StrictManager.from_queryset(VenueQuerySet)()

    class Meta:
        verbose_name = _("venue")
        verbose_name_plural = _("venues")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["name_key"],
                name="venue_name_once",
                violation_error_message=_("There is already a venue with this name."),
            ),
        ]
        indexes = [models.Index(fields=["name", "id"], name="venue_by_name")]  # the list, and every select box

    def __str__(self) -> str:
        return str(self.name)

    def get_absolute_url(self) -> str:
        return reverse("venues:detail", args=[self.slug])

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the venue, in which its jams are shown."""
        return ZoneInfo(self.time_zone)

    @property
    def zone_name(self) -> str:
        """The time zone as a reader knows it: "Berlin", "New York", "UTC"."""
        return self.time_zone.rpartition("/")[2].replace("_", " ")
