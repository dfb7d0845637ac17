"""Saving what a program sent, with every rule of the model checked first."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from core.exceptions import Conflict
from core.fields import FoldedField


def validate_and_save(row: models.Model, values: dict[str, Any]) -> None:
    """Give `row` these values and save it. Raises ValidationError, and Conflict for what is there already."""
    for name, value in values.items():
        setattr(row, name, value)
    row.clean_fields()  # tidies what people typed, which the folded forms are made of
    for field in row._meta.fields:
        if isinstance(field, FoldedField):
            field.pre_save(row, add=False)
    for rule in row._meta.constraints:
        if isinstance(rule, models.UniqueConstraint):
            _refuse_if_taken(rule, row)
    row.full_clean()
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Conflict(_("Someone else has just done the same thing.")) from None


def _refuse_if_taken(rule: models.UniqueConstraint, row: models.Model) -> None:
    try:
        rule.validate(type(row), row)
    except ValidationError as error:
        raise Conflict(error.messages[0]) from None
