"""Who plays what in which song."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.fields import TidyCharField
from core.querysets import StrictManager, StrictQuerySet
from jams.models.attendees import Attendee
from jams.models.receipts import Receipt
from jams.models.set_list import Entry
from songs.instruments import OTHER, resolve_words
from songs.parts import describe_part, validate_part


class Performance(Receipt):
    """An attendee's sign-up for a part in a song on the set list.

    The receipt is for the call to a song on deck.
    """

    entry = models.ForeignKey(
        Entry, models.CASCADE, related_name="performances", verbose_name=_("song"), db_index=False
    )
    attendee = models.ForeignKey(Attendee, models.CASCADE, related_name="performances", verbose_name=_("musician"))
    part = models.CharField(_("part"), max_length=40, validators=[validate_part])
    other_part = TidyCharField(_("other part"), max_length=40, blank=True)
    no_show = models.BooleanField(_("no-show"), default=False)
    created_at = models.DateTimeField(_("signed up"), default=timezone.now)

    objects = StrictManager.from_queryset(StrictQuerySet)()

    class Meta:
        verbose_name = _("performance")
        verbose_name_plural = _("performances")
        ordering = ["entry", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "attendee", "part"],
                name="performance_part_once",
                violation_error_message=_("This musician already plays this part."),
            ),
            models.CheckConstraint(condition=~Q(part=""), name="performance_part_given"),
            models.CheckConstraint(condition=Q(part=OTHER) | Q(other_part=""), name="performance_words_only_for_other"),
        ]

    def __str__(self) -> str:
        return f"{self.attendee}: {self.part_name}"

    @property
    def part_name(self) -> str:
        """The part in words; for "other", the instrument that was entered."""
        return self.other_part or describe_part(self.part)

    @property
    def instrument(self) -> str:
        """The slug of the instrument; for "other", that of the one which was entered, if the site knows it."""
        return resolve_words(self.part, self.other_part)[0]
