"""Where jams happen, and who runs each place."""

from datetime import datetime
from functools import cache
from typing import Any, Self
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.colours import validate_colour
from core.fields import FoldedField, SortKeyField, TidyCharField, TidyTextField, WordsField
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
        upcoming = jams.coming(now).order_by().values("venue").annotate(n=Count("pk")).values("n")
        on = jams.on(now).order_by().values("venue").annotate(n=Count("pk")).values("n")
        return self.annotate(upcoming_count=Coalesce(Subquery(upcoming), 0), on_count=Coalesce(Subquery(on), 0))


class Venue(SluggedModel):
    name = TidyCharField(_("name"), max_length=120)
    name_key = FoldedField(of=("name",))
    name_order = SortKeyField(of=("name",))
    words = WordsField(of=("name", "address"))
    slug = models.SlugField(_("web address"), max_length=80, unique=True, blank=True)
    address = TidyCharField(_("address"), max_length=240, blank=True)
    description = TidyTextField(_("description"), max_length=2000, blank=True)
    how_to_sign_up = TidyTextField(_("how to sign up"), max_length=1000, blank=True)
    backline = TidyTextField(
        _("backline"),
        max_length=1000,
        blank=True,
        help_text=_("For example drums, amplifiers, a piano, microphones."),
    )
    house_rules = TidyTextField(_("house rules"), max_length=1000, blank=True)
    picture = models.ImageField(_("picture or logo"), upload_to="venues/", blank=True)
    colour = models.CharField(
        _("colour"), max_length=7, blank=True, validators=[validate_colour],
        help_text=_("For example #b4330f. Where it would be hard to read, a lighter or darker shade is used."),
    )  # fmt: skip
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[validate_time_zone])
    archived = models.BooleanField(
        _("archived"), default=False, help_text=_("Hides it from lists and keeps its history.")
    )

    objects = StrictManager.from_queryset(VenueQuerySet)()

    class Meta:
        verbose_name = _("venue")
        verbose_name_plural = _("venues")
        ordering = ["name_order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["name_key"],
                name="venue_name_once",
                violation_error_message=_("There is already a venue with this name."),
            ),
        ]
        indexes = [models.Index(fields=["name_order", "id"], name="venue_by_name")]  # the list, and every select box

    def __str__(self) -> str:
        return str(self.name)

    def get_absolute_url(self) -> str:
        return reverse("venues:detail", args=[self.slug])

    def try_to_show(self) -> None:
        """Raise what a list with this venue would fail with."""
        _shown = self.get_absolute_url(), self.zone

    @property
    def map_url(self) -> str:
        """A link to the address on a map. Nothing is loaded from there until somebody follows it."""
        return f"https://www.openstreetmap.org/search?{urlencode({'query': self.address})}" if self.address else ""

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the venue, in which its jams are shown."""
        return ZoneInfo(self.time_zone)

    @property
    def zone_name(self) -> str:
        """The time zone as a reader knows it: "Berlin", "New York", "UTC"."""
        return self.time_zone.rpartition("/")[2].replace("_", " ")


class Role(models.TextChoices):
    """A role in the team of a venue; `venues.policies` says what each allows."""

    HOST = "host", pgettext_lazy("role", "Host")
    MANAGER = "manager", pgettext_lazy("role", "Manager")


class Membership(models.Model):
    """Somebody's place in the team of a venue."""

    venue = models.ForeignKey(Venue, models.CASCADE, related_name="team", verbose_name=_("venue"), db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships", verbose_name=_("account")
    )
    role = models.CharField(_("role"), max_length=7, choices=Role, default=Role.HOST)
    joined_at = models.DateTimeField(_("joined"), default=timezone.now, editable=False)

    objects = StrictManager.from_queryset(StrictQuerySet)()

    class Meta:
        verbose_name = _("member of a team")
        verbose_name_plural = _("members of the team")
        ordering = ["joined_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["venue", "user"],
                name="membership_once",
                violation_error_message=_("This account is in the team already."),
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role_known"),
        ]

    def __str__(self) -> str:
        return self.get_role_display()
