"""Votes for songs."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.querysets import StrictManager, StrictQuerySet
from jams.models import Attendee, Entry, Event


class VoteQuerySet(StrictQuerySet["Vote"]):
    def delete_silently(self, pks: list[int]) -> None:
        """Delete votes in one statement, without signals, which would need their rows."""
        if pks:
            self.filter(pk__in=pks)._raw_delete(self.db)


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

    objects = StrictManager.from_queryset(VoteQuerySet)()

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


class RemovedVote(models.Model):
    """A vote that a host has removed. It counts nowhere; undoing the removal restores it."""

    event = models.ForeignKey(
        Event, models.CASCADE, related_name="removed_votes", verbose_name=_("removal"), db_index=False
    )
    entry = models.ForeignKey(Entry, models.CASCADE, related_name="removed_votes", verbose_name=_("song"))
    attendee = models.ForeignKey(Attendee, models.CASCADE, related_name="removed_votes", verbose_name=_("attendee"))
    created_at = models.DateTimeField(_("when"))

    objects = StrictManager.from_queryset(StrictQuerySet)()

    class Meta:
        verbose_name = _("removed vote")
        verbose_name_plural = _("removed votes")
        ordering = ["pk"]
        constraints = [
            # Also finds the votes of one removal.
            models.UniqueConstraint(fields=["event", "entry", "attendee"], name="removedvote_once"),
        ]

    def __str__(self) -> str:
        return f"{self.attendee} ♥ {self.entry}"
