"""Votes for songs."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.querysets import StrictManager, StrictQuerySet
from jams.models import Attendee, Entry


class Vote(models.Model):
    """A vote of an attendee for an entry. Counts are computed from these rows, not stored."""

    entry = models.ForeignKey(
        Entry,
        models.CASCADE,
        related_name="votes",
        db_index=False,  # it is the first column of the constraint below
        verbose_name=_("song"),
    )
    attendee = models.ForeignKey(Attendee, models.CASCADE, related_name="votes", verbose_name=_("attendee"))
    created_at = models.DateTimeField(_("when"), default=timezone.now)

    objects = StrictManager.from_queryset(StrictQuerySet)()

    class Meta:
        verbose_name = _("vote")
        verbose_name_plural = _("votes")
        ordering = ["-created_at", "-pk"]
        constraints = [
            # Also counts an entry's votes, and with the entry's (jam, song) constraint a jam's and a song's.
            models.UniqueConstraint(fields=["entry", "attendee"], name="vote_once_per_attendee"),
        ]
        indexes = [models.Index(fields=["-created_at", "-id"], name="vote_by_time")]  # admin's list, the report

    def __str__(self) -> str:
        return f"{self.attendee} ♥ {self.entry}"
