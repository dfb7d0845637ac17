"""The people at a jam."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.fields import FoldedField, LookalikeField, TidyCharField
from core.querysets import StrictManager, StrictQuerySet
from jams.models.jam import Jam
from songs.parts import validate_plays

NAME_FIELDS = ("name", "name_key", "look_key")  # of an attendee, written together


class Attendee(models.Model):
    """One browser at one jam. An attendee with a name is a musician; a walk-up added by the host has no browser.

    A musician who leaves after playing keeps the name for the history, with `left_at` set. `in_room` is set once the
    room code has been entered. `votes_void` is set when a host has removed the votes; the attendee can't vote again.
    """

    jam = models.ForeignKey(Jam, models.CASCADE, related_name="attendees", verbose_name=_("jam"), db_index=False)
    browser = models.CharField(_("browser"), max_length=64, null=True, blank=True, editable=False)
    name = TidyCharField(_("name"), max_length=60, blank=True)
    name_key = FoldedField(of=("name",))
    look_key = LookalikeField(of=("name",))
    plays = models.JSONField(_("plays"), default=list, blank=True, validators=[validate_plays])
    left_at = models.DateTimeField(_("left"), null=True, blank=True)
    in_room = models.BooleanField(_("entered the room code"), default=False, editable=False)
    votes_void = models.BooleanField(_("votes removed"), default=False, editable=False)
    created_at = models.DateTimeField(_("arrived"), default=timezone.now)

    objects = StrictManager.from_queryset(StrictQuerySet)()

    class Meta:
        verbose_name = _("attendee")
        verbose_name_plural = _("attendees")
        ordering = ["jam", "name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["jam", "browser"], name="attendee_browser_once_per_jam"),
            models.UniqueConstraint(
                fields=["jam", "name_key"],
                name="attendee_name_once_per_jam",
                violation_error_message=_("Someone at this jam already has this name."),
            ),
            models.UniqueConstraint(
                fields=["jam", "look_key"],
                name="attendee_look_once_per_jam",
                violation_error_message=_("Someone at this jam already has a name that looks the same."),
            ),
            models.CheckConstraint(condition=Q(browser__isnull=False) | ~Q(name=""), name="attendee_is_somebody"),
        ]
        indexes = [models.Index(fields=["jam", "created_at"], name="attendee_by_arrival")]  # new ones per minute

    def __str__(self) -> str:
        return self.name or str(_("a listener"))

    @property
    def is_musician(self) -> bool:
        return bool(self.name) and self.left_at is None


class MoveCode(models.Model):
    """A one-time code that moves a musician to another phone; only its digest is stored."""

    attendee = models.OneToOneField(Attendee, models.CASCADE, related_name="move_code", verbose_name=_("musician"))
    digest = models.CharField(max_length=64, editable=False)
    expires_at = models.DateTimeField(_("valid until"))

    objects = StrictManager.from_queryset(StrictQuerySet)()

    class Meta:
        verbose_name = _("code for another phone")
        verbose_name_plural = _("codes for another phone")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["digest"], name="movecode_digest_once")]

    def __str__(self) -> str:
        return str(self.attendee)
