"""What happened at a jam: the audit log behind the activity feed, undo and the report."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.querysets import StrictManager, StrictQuerySet
from jams.models.attendees import Attendee
from jams.models.jam import Jam
from jams.models.set_list import Entry


class Event(models.Model):
    """An audit log record, written in the transaction of the change and used for the activity feed and undo."""

    jam = models.ForeignKey(Jam, models.CASCADE, related_name="events", verbose_name=_("jam"), db_index=False)
    at = models.DateTimeField(_("when"), default=timezone.now)
    verb = models.CharField(_("action"), max_length=40)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("host")
    )
    attendee = models.ForeignKey(
        Attendee, models.SET_NULL, null=True, blank=True, related_name="events", verbose_name=_("attendee")
    )
    entry = models.ForeignKey(
        Entry, models.SET_NULL, null=True, blank=True, related_name="events", verbose_name=_("song")
    )
    data = models.JSONField(_("details"), default=dict, blank=True)
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)

    objects = StrictManager.from_queryset(StrictQuerySet)()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-at", "-pk"]
        constraints = [models.CheckConstraint(condition=~Q(verb=""), name="event_says_what")]
        indexes = [models.Index(fields=["jam", "-at", "-id"], name="event_by_jam")]  # the host's feed, the report

    def __str__(self) -> str:
        return f"{self.verb} ({self.jam})"
