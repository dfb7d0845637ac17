"""Phones that can be called while they are locked."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.querysets import StrictManager, StrictQuerySet
from jams.models.attendees import Attendee


class PushSubscription(models.Model):
    """Where and how a musician's phone takes Web Push (RFC 8030), for one jam.

    `endpoint` is an address of the browser's maker, `p256dh` and `auth` are the keys that only this phone can read with
    (RFC 8291), and `language` is that of the page on which the musician asked for it.
    """

    attendee = models.OneToOneField(
        Attendee, models.CASCADE, related_name="push_subscription", verbose_name=_("musician")
    )
    endpoint = models.URLField(_("address of the push service"), max_length=1000, editable=False)
    p256dh = models.CharField(max_length=100, editable=False)
    auth = models.CharField(max_length=32, editable=False)
    language = models.CharField(_("language"), max_length=10)
    created_at = models.DateTimeField(_("added"), default=timezone.now)

    objects = StrictManager.from_queryset(StrictQuerySet)()

    class Meta:
        verbose_name = _("phone to be called")
        verbose_name_plural = _("phones to be called")
        ordering = ["pk"]

    def __str__(self) -> str:
        return str(self.language)
