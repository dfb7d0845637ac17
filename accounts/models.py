"""API tokens, with which programs authenticate, and links that have been used."""

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.fields import TidyCharField
from core.querysets import StrictManager, StrictQuerySet


class Scope(models.TextChoices):
    """What a token allows, within the permissions of its user."""

    READ = "read", _("read the reports of their jams")
    JAMS = "jams", _("create, change and run their jams")
    LIBRARY = "library", _("add and change songs and venues")


def validate_scopes(scopes: Any) -> None:
    """Raise ValidationError unless `scopes` is a list of values of `Scope`, each at most once, and not empty."""
    known = isinstance(scopes, list) and all(scope in Scope.values for scope in scopes)
    if not (known and scopes and len(set(scopes)) == len(scopes)):
        raise ValidationError(_("Choose at least one thing the token can do."))


class ApiTokenQuerySet(StrictQuerySet["ApiToken"]):
    def valid(self, now: datetime) -> Self:
        """Tokens that are neither revoked nor expired, of active staff."""
        return self.filter(revoked_at=None, expires_at__gt=now, user__is_active=True, user__is_staff=True)


class ApiToken(models.Model):
    """A program's token for the API, on behalf of a user. Only its hash is stored."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens", verbose_name=_("acts as")
    )
    name = TidyCharField(_("purpose"), max_length=60)
    digest = models.CharField(_("hash"), max_length=64, editable=False)
    scopes = models.JSONField(pgettext_lazy("token", "can"), default=list, validators=[validate_scopes])
    created_at = models.DateTimeField(_("issued"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)

    objects = StrictManager.from_queryset(ApiTokenQuerySet)()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["digest"], name="apitoken_digest_once"),  # also the index for look-ups
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("created_at")),
                name="apitoken_expires_after_issue",
                violation_error_message=_("The expiry date must be after the issue date."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.name)


class UsedLink(models.Model):
    """A link from a mail that has made an account, so that it makes no second one. Only its hash is stored."""

    digest = models.CharField(_("hash"), max_length=64, editable=False)
    used_at = models.DateTimeField(_("used"), editable=False)

    objects = StrictManager()

    class Meta:
        verbose_name = _("used link")
        verbose_name_plural = _("used links")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["digest"], name="usedlink_digest_once")]

    def __str__(self) -> str:
        return self.digest[:8]
