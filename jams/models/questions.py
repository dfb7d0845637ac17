"""Questions to musicians who could fill an empty place, and their answers."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.querysets import StrictManager, StrictQuerySet
from jams.models.attendees import Attendee
from jams.models.bands import Band
from jams.models.jam import Jam
from jams.models.receipts import Receipt
from jams.models.set_list import Entry


class Answer(models.TextChoices):
    """A musician's answer to a question. `NONE` is no answer yet."""

    NONE = "none", _("no answer")
    YES = "yes", _("yes")
    NOT_NOW = "not_now", _("not now")


class Question(models.Model):
    """A host asks who could play an instrument in a band or in a song.

    It is open until somebody has taken the place or the host has withdrawn it. It lapses when its band or its song is
    no longer to come, and while nobody is missing there; that is computed, not stored.
    """

    jam = models.ForeignKey(Jam, models.CASCADE, related_name="questions", verbose_name=_("jam"))
    band = models.ForeignKey(Band, models.CASCADE, null=True, related_name="questions")
    entry = models.ForeignKey(Entry, models.CASCADE, null=True, related_name="questions")
    instrument = models.CharField(_("instrument"), max_length=30)
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    taken_at = models.DateTimeField(_("taken"), null=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)

    objects = StrictManager.from_queryset(StrictQuerySet)()

    class Meta:
        verbose_name = _("question for musicians")
        verbose_name_plural = _("questions for musicians")
        ordering = ["jam", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(band__isnull=False, entry=None) | Q(band=None, entry__isnull=False),
                name="question_about_one_thing",
            ),
            models.CheckConstraint(condition=~Q(instrument=""), name="question_has_instrument"),
            models.CheckConstraint(condition=Q(taken_at=None) | Q(withdrawn_at=None), name="question_has_one_end"),
            models.UniqueConstraint(
                fields=["band", "instrument"],
                condition=Q(taken_at=None, withdrawn_at=None),
                name="question_open_once_per_band",
            ),
            models.UniqueConstraint(
                fields=["entry", "instrument"],
                condition=Q(taken_at=None, withdrawn_at=None),
                name="question_open_once_per_entry",
            ),
        ]

    def __str__(self) -> str:
        return self.instrument


class Recipient(Receipt):
    """A musician who was asked, with the receipt and their answer. The first to say yes gets the place."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="recipients", db_index=False)
    attendee = models.ForeignKey(Attendee, models.CASCADE, related_name="recipients")
    answer = models.CharField(_("answer"), max_length=7, choices=Answer, default=Answer.NONE)

    objects = StrictManager.from_queryset(StrictQuerySet)()

    class Meta:
        verbose_name = _("recipient of a question")
        verbose_name_plural = _("recipients of questions")
        ordering = ["question", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["question", "attendee"], name="recipient_once_per_question"),
            models.UniqueConstraint(
                fields=["question"], condition=Q(answer=Answer.YES), name="recipient_one_yes_per_question"
            ),
            models.CheckConstraint(condition=Q(answer__in=Answer.values), name="recipient_answer_known"),
        ]

    def __str__(self) -> str:
        return self.get_answer_display()
