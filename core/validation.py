"""Saving values from API requests, with every rule of the model checked first."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from core.exceptions import Conflict
from core.fields import FoldedField, find_derived_fields


def validate_and_save(row: models.Model, values: dict[str, Any]) -> None:
    """Set `values` on `row`, validate and save it; of a row that is stored already, only these columns are written.

    Raises Conflict for a value that must be unique and is taken, ValidationError for any other invalid value.
    """
    for name, value in values.items():
        setattr(row, name, value)
    row.clean_fields()  # also cleans the texts, from which the folded fields are derived
    for name in values:
        _forbid_null_characters(name, getattr(row, name))
    for field in row._meta.fields:
        if isinstance(field, FoldedField):
            field.pre_save(row, add=False)
    for constraint in row._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            _require_free(constraint, row)
    row.full_clean()
    derived = [field.name for field in find_derived_fields(type(row), values)]
    try:
        with transaction.atomic():
            row.save(update_fields=None if row._state.adding else {*values, *derived})
    except IntegrityError:
        raise Conflict(_("Someone else has just done the same thing.")) from None


def _forbid_null_characters(name: str, value: Any) -> None:
    """Raise ValidationError for what a form would refuse, and PostgreSQL cannot store."""
    if isinstance(value, str):
        try:
            ProhibitNullCharactersValidator()(value)
        except ValidationError as error:
            raise ValidationError({name: error.messages}) from None


def _require_free(constraint: models.UniqueConstraint, row: models.Model) -> None:
    try:
        constraint.validate(type(row), row)
    except ValidationError as error:
        raise Conflict(error.messages[0]) from None
