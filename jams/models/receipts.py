"""Whether somebody knows that they were called."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Receipt(models.Model):
    """When a musician's locked phone last showed that they are called, and when they had it before their eyes."""

    delivered_at = models.DateTimeField(_("call delivered"), null=True, blank=True, editable=False)
    seen_at = models.DateTimeField(_("call seen"), null=True, blank=True, editable=False)

    class Meta:
        abstract = True
