"""What administrators see of a running site: recent errors, and backups."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.querysets import StrictManager, StrictQuerySet


class ErrorReport(models.Model):
    """One kind of error. The same exception in the same place is counted, not stored again."""

    fingerprint = models.CharField(_("fingerprint"), max_length=64, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=200)
    place = models.CharField(_("where"), max_length=300)
    message = models.TextField(_("message"))
    traceback = models.TextField(_("traceback"), blank=True)
    request_id = models.CharField(_("last request"), max_length=64)
    count = models.PositiveIntegerField(_("count"), default=1)
    first_at = models.DateTimeField(_("first seen"))
    last_at = models.DateTimeField(_("last seen"))

    objects = StrictManager.from_queryset(StrictQuerySet)()

    class Meta:
        verbose_name = _("error")
        verbose_name_plural = _("recent errors")
        ordering = ["-last_at", "-pk"]
        indexes = [
            models.Index(fields=["-last_at", "-id"], name="errorreport_by_time")
        ]  # the list, and the oldest ones to delete

    def __str__(self) -> str:
        return f"{self.kind}: {self.message.partition(chr(10))[0][:100]}"


class Backup(models.Model):
    """An attempt to back up the database; `error` is "" if it succeeded."""

    at = models.DateTimeField(_("ended"))
    file = models.CharField(_("file"), max_length=500)
    size = models.PositiveBigIntegerField(_("size in bytes"), default=0)
    error = models.TextField(_("error"), blank=True)

    objects = StrictManager.from_queryset(StrictQuerySet)()

    class Meta:
        verbose_name = _("backup")
        verbose_name_plural = _("backups")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return self.file
