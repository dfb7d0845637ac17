"""Invitations: links that make somebody a co-host."""

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _

from core.querysets import StrictManager, StrictQuerySet
from jams.models.jam import Jam
from jams.models.series import Series
from venues.models import Role, Venue

KEY_LENGTH = 22  # 131 bits


def generate_key() -> str:
    return get_random_string(KEY_LENGTH)


class InvitationQuerySet(StrictQuerySet["Invitation"]):
    def open(self, now: datetime) -> Self:
        """Invitations that can still be accepted."""
        return self.filter(used_at=None, withdrawn_at=None, expires_at__gt=now)


class Invitation(models.Model):
    """One link for one person: to the team of a venue with a role, or to the hosts of one night or one series.

    The link holds `key` with the site's signature, so a copy of the database holds no link that works.
    """

    key = models.CharField(max_length=KEY_LENGTH, default=generate_key, editable=False)
    venue = models.ForeignKey(Venue, models.CASCADE, null=True, related_name="invitations", verbose_name=_("venue"))
    role = models.CharField(_("role"), max_length=7, choices=Role, blank=True)
    jam = models.ForeignKey(Jam, models.CASCADE, null=True, related_name="invitations", verbose_name=_("jam"))
    series = models.ForeignKey(Series, models.CASCADE, null=True, related_name="invitations", verbose_name=_("series"))
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="invitations", verbose_name=_("invited by")
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"), editable=False)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, editable=False)
    used_at = models.DateTimeField(_("accepted"), null=True, editable=False)
    used_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="accepted_invitations",
        verbose_name=_("accepted by"), editable=False,
    )  # fmt: skip

    objects = StrictManager.from_queryset(InvitationQuerySet)()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["key"], name="invitation_key_once"),
            models.CheckConstraint(
                condition=Q(venue__isnull=False, jam=None, series=None, role__in=Role.values)
                | Q(venue=None, jam__isnull=False, series=None, role="")
                | Q(venue=None, jam=None, series__isnull=False, role=""),
                name="invitation_to_one_thing",
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="invitation_expires_later"),
        ]

    def __str__(self) -> str:
        return str(self.target)

    @property
    def target(self) -> Any:
        """The venue, jam or series that it is for."""
        return self.venue or self.jam or self.series
