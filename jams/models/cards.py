"""Cards: what a series remembers about a musician who asked for it."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.fields import TidyCharField
from core.querysets import StrictManager, StrictQuerySet
from jams.models.attendees import Attendee
from jams.models.series import Series
from songs.parts import validate_plays


class Card(models.Model):
    """A musician whom a series remembers at their own request.

    `browser` is a keyed hash of the browser's id and the series, which differs from that of every night. `attendee` is
    who they are at the night that they joined last, until that night's names are deleted: it never leads to two nights.
    `missed_last` says that they wanted to play at the night before it, and did not.
    """

    series = models.ForeignKey(
        Series, models.CASCADE, related_name="cards", verbose_name=_("series"), db_index=False
    )  # the first column of the constraint below
    browser = models.CharField(_("browser"), max_length=64, editable=False)
    attendee = models.OneToOneField(
        Attendee, models.SET_NULL, null=True, blank=True, related_name="card", verbose_name=_("musician")
    )
    name = TidyCharField(_("name"), max_length=60)
    plays = models.JSONField(_("plays"), default=list, blank=True, validators=[validate_plays])
    nights = models.PositiveSmallIntegerField(_("nights"), default=1)
    missed_last = models.BooleanField(_("did not play last time"), default=False)
    last_at = models.DateTimeField(_("last night"), default=timezone.now)

    objects = StrictManager.from_queryset(StrictQuerySet)()

    class Meta:
        verbose_name = _("card")
        verbose_name_plural = _("cards")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["series", "browser"], name="card_browser_once_per_series")]
        indexes = [models.Index(fields=["last_at"], name="card_by_last_night")]  # those to be forgotten

    def __str__(self) -> str:
        return str(self.name)
