"""Base classes for forms."""

from contextlib import suppress

from django import forms
from django.core.exceptions import ObjectDoesNotExist, ValidationError

from core.fields import FoldedField


class CheckedForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at runtime
    """A form that also validates constraints on fields that it does not show, which would otherwise cause a 500.

    Django skips a constraint if one of its fields is not in the form. Ours often include a folded name, or a jam that
    cannot be changed.
    """

    def validate_constraints(self) -> None:
        for field in self.instance._meta.fields:
            if isinstance(field, FoldedField):
                with suppress(ObjectDoesNotExist):  # derived from a row that is not chosen yet: the form says so
                    field.pre_save(self.instance, add=False)
        try:
            excluded = self._get_validation_exclusions()  # type: ignore[attr-defined]  # not in the stubs
            self.instance.validate_constraints(exclude=excluded & self.fields.keys())
        except ValidationError as error:
            self._update_errors(error)  # type: ignore[attr-defined]  # not in the stubs
