"""Saving what a program sent, with every rule of the model checked first."""

from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from jamsite.fields import FoldedField
from jamsite.refusal import Refused


def save_checked(row: models.Model, values: dict[str, Any]) -> None:
    """Give `row` these values and save it. Raises ValidationError, or Refused (409) when somebody was faster."""
    for name, value in values.items():
        setattr(row, name, value)
    row.clean_fields()  # tidies what people typed, which the folded forms are made of
    for field in row._meta.fields:
        if isinstance(field, FoldedField):
            field.pre_save(row, add=False)
    row.full_clean()
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Refused(_("Somebody else has just done the same.")) from None
