"""Anonymous search statistics by day."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.querysets import StrictManager, StrictQuerySet


class SearchDay(models.Model):
    """The searches for the same words on one day (UTC). The days of an old month are merged under its first day."""

    day = models.DateField(_("day"))
    words = models.CharField(_("search"), max_length=100)
    searches = models.PositiveIntegerField(_("searches"), default=0)
    results = models.PositiveIntegerField(_("results last time"), default=0)
    choices = models.PositiveIntegerField(_("clicks"), default=0)

    objects = StrictManager.from_queryset(StrictQuerySet)()

    class Meta:
        verbose_name = _("searches on a day")
        verbose_name_plural = _("searches by day")
        ordering = ["-day", "-searches", "pk"]
        constraints = [
            # Also serves queries for a range of days, and for old ones to delete.
            models.UniqueConstraint(fields=["day", "words"], name="searchday_words_once_a_day"),
            models.CheckConstraint(condition=~Q(words=""), name="searchday_words_given"),
            models.CheckConstraint(condition=Q(choices__lte=F("searches")), name="searchday_choices_follow_searches"),
        ]

    def __str__(self) -> str:
        return f"{self.words} ({self.day})"


class Kind(models.TextChoices):
    SONG = "song", _("song")
    JAM = "jam", _("jam")
    VENUE = "venue", _("venue")


class SearchChoice(models.Model):
    """How often a search led to a certain song, jam or venue, whose id is `target`."""

    search = models.ForeignKey(SearchDay, models.CASCADE, related_name="chosen", verbose_name=_("search"))
    kind = models.CharField(_("kind"), max_length=5, choices=Kind)
    target = models.PositiveBigIntegerField(_("ID"))
    times = models.PositiveIntegerField(_("clicks"), default=0)

    objects = StrictManager.from_queryset(StrictQuerySet)()

    class Meta:
        verbose_name = _("clicked result")
        verbose_name_plural = _("clicked results")
        ordering = ["-times", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["search", "kind", "target"], name="searchchoice_once_a_search"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="searchchoice_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.search}: {self.kind} {self.target}"
