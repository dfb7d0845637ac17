"""Bands: people with an instrument each who take one turn on stage."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.exceptions import NotFound
from core.fields import TidyCharField
from core.querysets import StrictManager, StrictQuerySet
from jams.models.attendees import Attendee
from jams.models.jam import Jam
from jams.models.receipts import Receipt


class BandStatus(models.TextChoices):
    """The way of a band: `FORMING` ones stand in the running order, `CALLED` ones were told that they are next."""

    FORMING = "forming", _("forming")
    CALLED = "called", _("called")
    ON_STAGE = "on_stage", _("on stage")
    PLAYED = "played", _("played")
    DROPPED = "dropped", _("dropped")


class BandQuerySet(StrictQuerySet["Band"]):
    def upcoming(self) -> Self:
        """Bands that have not been on stage yet, in the order in which they will: those that were called come first."""
        return self.filter(status__in=Band.UPCOMING).order_by("status", "place", "pk")  # "called" before "forming"

    def with_seats(self) -> Self:
        """With the seats, the musicians in them and their cards, in one more query."""
        seats = Seat.objects.select_related("attendee__card").order_by("created_at", "pk")
        return self.prefetch_related(models.Prefetch("seats", queryset=seats))

    def get_in_jam(self, pk: int) -> "Band":
        """Return a band with its seats; raises NotFound."""
        try:
            return self.with_seats().get(pk=pk)
        except Band.DoesNotExist:
            raise NotFound(gettext("This band is no longer in the running order.")) from None


class Band(models.Model):
    """People who take one turn on stage together; with a name of its own, an act.

    `needs` is what an act asks of the stage ("one mic, DI"). `place` orders the bands that have the same status. `slot`
    is the number in the running order that an act asked for, counted from 1 with those that have played. `code_number`
    counts how often the code of an act has changed.
    """

    UPCOMING = (BandStatus.FORMING, BandStatus.CALLED)
    TURNS = (BandStatus.CALLED, BandStatus.ON_STAGE, BandStatus.PLAYED)  # they count as a turn of their musicians

    jam = models.ForeignKey(Jam, models.CASCADE, related_name="bands", verbose_name=_("jam"), db_index=False)
    name = TidyCharField(_("name of the act"), max_length=80, blank=True)
    needs = TidyCharField(_("needs on stage"), max_length=120, blank=True)
    status = models.CharField(_("status"), max_length=8, choices=BandStatus, default=BandStatus.FORMING)
    place = models.PositiveIntegerField(_("place in the running order"), default=0)
    slot = models.PositiveSmallIntegerField(_("slot"), null=True, blank=True)
    code_number = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(_("formed"), default=timezone.now)
    called_at = models.DateTimeField(_("called"), null=True, blank=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects = StrictManager.from_queryset(BandQuerySet)()

    class Meta:
        verbose_name = _("band")
        verbose_name_plural = _("bands")
        ordering = ["jam", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["jam"],
                condition=Q(status=BandStatus.ON_STAGE),
                name="band_one_on_stage",
                violation_error_message=_("Another band is on stage."),
            ),
            models.CheckConstraint(condition=Q(status__in=BandStatus.values), name="band_status_known"),
            models.CheckConstraint(
                condition=~Q(status=BandStatus.CALLED) | Q(called_at__isnull=False), name="band_called_has_time"
            ),
            models.CheckConstraint(
                condition=Q(status=BandStatus.PLAYED, started_at__isnull=False, finished_at__isnull=False)
                | Q(status=BandStatus.ON_STAGE, started_at__isnull=False, finished_at=None)
                | (~Q(status__in=[BandStatus.PLAYED, BandStatus.ON_STAGE]) & Q(started_at=None, finished_at=None)),
                name="band_times_fit_status",
            ),
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(finished_at__gte=F("started_at")), name="band_finished_after_start"
            ),
        ]
        indexes = [models.Index(fields=["jam", "status", "place"], name="band_by_jam")]  # the running order

    def __str__(self) -> str:
        return self.name or str(_("a band"))


class Seat(Receipt):
    """A musician's place in a band; `instrument` is a slug that `songs` knows.

    The receipt is for the call of the band. `waited_since` is kept when the band goes on
    stage: since when the musician, if on the waiting list, had waited.
    """

    band = models.ForeignKey(Band, models.CASCADE, related_name="seats", verbose_name=_("band"), db_index=False)
    attendee = models.ForeignKey(Attendee, models.CASCADE, related_name="seats", verbose_name=_("musician"))
    instrument = models.CharField(_("instrument"), max_length=30)
    no_show = models.BooleanField(_("no-show"), default=False)
    waited_since = models.DateTimeField(_("had waited since"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("added"), default=timezone.now)

    objects = StrictManager.from_queryset(StrictQuerySet)()

    class Meta:
        verbose_name = _("seat")
        verbose_name_plural = _("seats")
        ordering = ["band", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["band", "attendee"],
                name="seat_once_per_band",
                violation_error_message=_("This musician is in this band already."),
            ),
            models.CheckConstraint(condition=~Q(instrument=""), name="seat_has_instrument"),
        ]

    def __str__(self) -> str:
        return f"{self.instrument} ({self.band_id})"
