"""Whether somebody knows that they were called.

One call is told from another by its moment: when the band was called, the song was put on deck or the question was
asked. A receipt is for the call before it. So whoever is called again is not reached yet, and after an undo, which
gives the old moment back, the old receipt counts again.
"""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _


class Receipt(models.Model):
    """When a musician's locked phone last showed that they are called, and when they had it before their eyes."""

    delivered_at = models.DateTimeField(_("call delivered"), null=True, blank=True, editable=False)
    seen_at = models.DateTimeField(_("call seen"), null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    def has_seen(self, called_at: datetime | None) -> bool:
        """Whether the musician has had the call of `called_at` before their eyes."""
        return self.seen_at is not None and called_at is not None and self.seen_at >= called_at

    def has_got(self, called_at: datetime | None) -> bool:
        """Whether the call of `called_at` has reached the musician's locked phone."""
        return self.delivered_at is not None and called_at is not None and self.delivered_at >= called_at
