"""The people at a jam."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.fields import FoldedField, LookalikeField, PersonSortKeyField, TidyCharField
from core.querysets import StrictManager, StrictQuerySet
from jams.models.jam import Jam
from songs.parts import validate_plays

NAME_FIELDS = ("name", "name_key", "look_key", "name_order")  # of an attendee, written together
WAITING_FIELDS = ("plays", "waits_since", "sits_out", "leaves_at", "is_new", "in_house_band")  # what a host may set


class Attendee(models.Model):
    """One browser at one jam. An attendee with a name is a musician; a walk-up added by the host has no browser.

    A musician who leaves after playing keeps the name for the history, with `left_at` set. `in_room` is set once the
    room code has been entered. `votes_void` is set when a host has removed the votes; the attendee can't vote again.
    `plays` begins with the main instrument. A musician is on the waiting list while `waits_since` is set, also when
    they sit out for a while or are in a band that was called.
    """

    jam = models.ForeignKey(Jam, models.CASCADE, related_name="attendees", verbose_name=_("jam"), db_index=False)
    browser = models.CharField(_("browser"), max_length=64, null=True, blank=True, editable=False)
    name = TidyCharField(_("name"), max_length=60, blank=True)
    name_key = FoldedField(of=("name",))
    look_key = LookalikeField(of=("name",))
    name_order = PersonSortKeyField(of=("name",))
    plays = models.JSONField(_("plays"), default=list, blank=True, validators=[validate_plays])
    left_at = models.DateTimeField(_("left"), null=True, blank=True)
    in_room = models.BooleanField(_("entered the room code"), default=False, editable=False)
    votes_void = models.BooleanField(_("votes removed"), default=False, editable=False)
    waits_since = models.DateTimeField(_("on the waiting list since"), null=True, blank=True)
    sits_out = models.BooleanField(_("sits out for a while"), default=False)
    leaves_at = models.DateTimeField(_("has to leave at"), null=True, blank=True)
    is_new = models.BooleanField(_("first time here"), default=False)
    in_house_band = models.BooleanField(_("in the house band"), default=False)
    created_at = models.DateTimeField(_("arrived"), default=timezone.now)

    objects = StrictManager.from_queryset(StrictQuerySet)()

    class Meta:
        verbose_name = _("attendee")
        verbose_name_plural = _("attendees")
        ordering = ["jam", "name_order", "pk"]
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
            models.CheckConstraint(
                condition=Q(waits_since=None, in_house_band=False) | (Q(left_at=None) & ~Q(name="")),
                name="attendee_waits_as_musician",
            ),
        ]
        indexes = [
            models.Index(fields=["jam", "created_at"], name="attendee_by_arrival"),  # new ones per minute
            # The waiting list and the house band, among thousands of listeners.
            models.Index(
                fields=["jam", "waits_since"],
                condition=Q(waits_since__isnull=False) | Q(in_house_band=True),
                name="attendee_waiting",
            ),
        ]

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
